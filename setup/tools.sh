# The tools: one entry each, with its version and the ways to get it, which are tried in this order:
#   1. on PATH, at this version                      3. the official download, checked
#   2. in the folder that KLUSTER_TOOLCHAIN names    4. from the registries of packages: built by Go from modules of the
#                                                       Go module proxy, or, where none has it, a stand-in of the lab
# Pulumi's versions are package.json's, so that they stand in one place; the others are those of the pinned nixpkgs.

pin() {
	local version
	version=$(sed -n "s|^ *\"@pulumi/$1\": \"\(.*\)\",\{0,1\}\$|\1|p" "$checkout/package.json")
	printf '%s' "${version:?package.json pins no @pulumi/$1}"
}

node_version=20 # at least: what @pulumi/pulumi at the pin asks for

tool pulumi "$(pin pulumi)" "Pulumi's CLI with its Node language host" bin/pulumi bin/pulumi-language-nodejs
asked pulumi version
official https://get.pulumi.com/releases/sdk/pulumi-v{version}-linux-x64.tar.gz \
	https://get.pulumi.com/releases/sdk/pulumi-{version}-checksums.txt
built pulumi
stood_in pulumi-language-nodejs "the Node language host"

tool command "$(pin command)" "Pulumi's plugin command" plugins/resource-command-v{version}/pulumi-resource-command
official https://github.com/pulumi/pulumi-command/releases/download/v{version}/pulumi-resource-command-v{version}-linux-amd64.tar.gz
# canton-network/splice, nix/extra-pulumi-packages.nix at cdbef7af
sha256 71377999d1da39f54e94d9fe2950f6bb9a0a090a577094866373397dcad2e800
stood_in pulumi-resource-command "the plugin command"

tool hcloud "$(pin hcloud)" "Pulumi's plugin hcloud" plugins/resource-hcloud-v{version}/pulumi-resource-hcloud
only hetzner
official https://api.pulumi.com/releases/plugins/pulumi-resource-hcloud-v{version}-linux-amd64.tar.gz
# nixpkgs, pkgs/by-name/pu/pulumi-bin/data.nix, as kept by waaaaargh/wiedernix at d0d46b6a (there in Nix's base 32)
sha256 ded30dc150557d513fa8d3c9f28d2fdc3c9cee19b8fc3e3eb86558c1f83c7688
stood_in pulumi-resource-hcloud "the plugin hcloud"

# Kubernetes' hashes: kubernetes/kops, pkg/assets/assetdata/k8s-1.36.yaml at cb2cf0ea
tool kubernetes 1.36.1 Kubernetes \
	bin/kube-apiserver bin/kube-controller-manager bin/kube-scheduler bin/kubelet bin/kube-proxy
asked {program} --version
official https://dl.k8s.io/release/v{version}/bin/linux/amd64/{program}
sha256 9b4dba0a5b945f1fe0ce18f47535c5ff0c46ae384f9222047bce39fe91b6023e kube-apiserver
sha256 41a41cd08f8035661848e883479816d5e65f832a461c004840eb2cd54998af08 kube-controller-manager
sha256 37729fdcd47c791cbebe413951150f58d36e05cbc759ad77e5cf66196fccbec8 kube-scheduler
sha256 7efa1780c73d9fb3a464002864e582eb2d15aa691e475eaae323093d08feae14 kubelet
sha256 8d8bac4775f466e0056eb5af491508fd05000945c8754aa040f91128b581544f kube-proxy
built kubernetes

tool kubectl 1.36.1 kubectl bin/kubectl
asked kubectl version --client
official https://dl.k8s.io/release/v{version}/bin/linux/amd64/{program}
sha256 629d3f410e09bf49b64ae7079f7f0bda1191efed311f7d37fdbab0ad5b0ec2b7 kubectl
built kubernetes

tool etcd 3.6.8 etcd bin/etcd
asked etcd --version
official https://github.com/etcd-io/etcd/releases/download/v{version}/etcd-v{version}-linux-amd64.tar.gz
# kubernetes-sigs/kubespray, roles/kubespray_defaults/vars/main/checksums.yml, as kept by carterpewpew/kubespray at ed8b5274
sha256 cf9cfe91a4856cb90eed9c99e6aee4b708db2c7888b88a6f116281f04b0ea693
built kubernetes

tool etcdctl 3.6.8 "etcd's tools" bin/etcdctl bin/etcdutl
asked {program} version
official https://github.com/etcd-io/etcd/releases/download/v{version}/etcd-v{version}-linux-amd64.tar.gz
sha256 cf9cfe91a4856cb90eed9c99e6aee4b708db2c7888b88a6f116281f04b0ea693
built etcdctl

tool coredns 1.13.1 CoreDNS bin/coredns
asked coredns -version
official https://github.com/coredns/coredns/releases/download/v{version}/coredns_{version}_linux_amd64.tgz \
	https://github.com/coredns/coredns/releases/download/v{version}/coredns_{version}_linux_amd64.tgz.sha256
built coredns

# Its publisher has no checksums for this version: it is not downloaded.
tool flanneld 0.26.1 flannel bin/flanneld
asked flanneld --version
built flanneld

# The Go module proxy has it as it was when it left the CNI project (0.9.1), which does the same with our settings.
tool cni-flannel 1.9.1 "flannel's CNI plugin" bin/flannel
official https://github.com/flannel-io/cni-plugin/releases/download/v{version}-flannel1/cni-plugin-flannel-linux-amd64-v{version}.tgz \
	https://github.com/flannel-io/cni-plugin/releases/download/v{version}-flannel1/cni-plugin-flannel-linux-amd64-v{version}.tgz.sha256
built cni-flannel

tool pause 1.36.1 "the pause program of Kubernetes' pods" bin/pause
built pause

# Modules of setup/go: what they make, seconds of one processor, packages -- flags of the linker.
module pulumi "Pulumi's CLI" 260 tool -- -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v$(pin pulumi)
module kubernetes "Kubernetes and etcd" 572 . -- -X k8s.io/component-base/version.gitVersion=v1.36.1 \
	-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36
module etcdctl "etcd's tools" 150 tool --
module coredns CoreDNS 200 tool --
module flanneld flannel 104 . -- -X github.com/flannel-io/flannel/pkg/version.Version=v0.26.1
module cni-flannel "flannel's CNI plugin" 5 tool --
module pause "the pause program" 5 . --
