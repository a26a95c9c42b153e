# pod-network.sh NODE: on that node and master, says "USED GIVEN" where its pods have another network than the cluster gives the
# node: etcd was brought back beneath a flannel that had begun with another. Only a reboot takes the bridge of before away.
set -u
node=$1
file=${KLUSTER_FLANNEL:-/run/flannel}/subnet.env
[ -r "$file" ] || exit 0 # another pod network keeps its own books
given=$(kubectl --kubeconfig=/etc/kubernetes/kluster.kubeconfig --request-timeout=10s get node "$node" \
	--output='jsonpath={.spec.podCIDR}') || exit 1
# The first address in it; every node has a /24.
used=$(sed -n 's/^FLANNEL_SUBNET=//p' "$file")
if [ -n "$given" ] && [ "${used%.*}" != "${given%.*}" ]; then echo "$used $given"; fi
