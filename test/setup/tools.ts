import { join } from "node:path";
import type { Box } from "./box";

/** What each program says when it is asked for its version. */
const versions: Record<string, string> = {
  "bin/pulumi": "v3.230.0",
  "bin/kube-apiserver": "Kubernetes v1.36.1",
  "bin/kube-controller-manager": "Kubernetes v1.36.1",
  "bin/kube-scheduler": "Kubernetes v1.36.1",
  "bin/kubelet": "Kubernetes v1.36.1",
  "bin/kube-proxy": "Kubernetes v1.36.1",
  "bin/kubectl": "Client Version: v1.36.1",
  "bin/etcd": "etcd Version: 3.6.8",
  "bin/etcdctl": "etcdctl version: 3.6.8",
  "bin/etcdutl": "etcdutl version: 3.6.8",
  "bin/coredns": "CoreDNS-1.13.1",
  "bin/flanneld": "v0.26.1",
};
const unasked = ["bin/pulumi-language-nodejs", "bin/flannel", "bin/pause"];
export const plugins = ["command-v1.2.1", "hcloud-v1.41.0"].map(
  (plugin) => `plugins/resource-${plugin}/pulumi-resource-${plugin.split("-v")[0]}`,
);
export const allTools = [...Object.keys(versions), ...unasked, ...plugins];

/** A folder that has them all; `says` changes what one of them answers. */
export function toolFolder(box: Box, path: string, says: Record<string, string> = {}): string {
  for (const file of allTools) {
    box.file(`${path}/${file}`, `#!/bin/sh\necho "${says[file] ?? versions[file] ?? ""}"\n`);
  }
  return join(box.folder, path);
}

/** Shell text that does with the tools what `setup/setup --lab STACK` does, without the rest of the box. */
export const getTools = (stacks = "dev hetzner") => `set -euo pipefail
  for part in common cache steps table tools packages downloads go toolchain; do . setup/$part.sh; done
  lock_set_up
  look_for_tools ${stacks}
  report_problems "nothing was changed"
  announce
  run_steps
  printf '%s\\n' "\${stand_ins[@]}"`;

/** A Go that builds every module of setup/go, into programs that say the right versions. */
export function fakeGo(box: Box, version = "1.26.6"): void {
  const made: Record<string, string[]> = {
    pulumi: ["pulumi"],
    kubernetes: ["kubernetes"],
    etcdctl: ["etcdctl", "etcdutl"],
    coredns: ["coredns"],
    flanneld: ["flanneld"],
    "cni-flannel": ["flannel"],
    pause: ["pause"],
  };
  const cases = Object.entries(made).map(([module, names]) => `${module}) names="${names.join(" ")}" ;;`);
  box.file("module/main.go", 'import _ "x/pkg/backend/udp"\n');
  box.program(
    "go",
    `case "$1 \${2:-}" in
    "version "*) echo "go version go${version} linux/amd64" ;;
    "env "*) printf '%s\\n' "\${!2:-}" ;;
    "list -m") echo "${box.folder}/module" ;;
    "list -deps") echo one ;;
    "build "*)
      env | grep -E '^(GO|CGO)' | sort >"${box.folder}/go.environment"
      [ ! -e "${box.folder}/go.hangs" ] || { touch "${box.folder}/go.started"; sleep 60; }
      [ ! -e "${box.folder}/go.fails" ] || { echo "no space left on device"; exit 1; }
      while [ "$1" != -o ]; do shift; done
      case $(basename "$PWD") in ${cases.join(" ")} esac
      for name in $names; do printf '#!/bin/sh\\n' >"$2/$name"; chmod +x "$2/$name"; done ;;
    esac`,
  );
}
