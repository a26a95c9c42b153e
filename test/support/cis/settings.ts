import { parseFlags, Settings } from "./checks";

/** Units whose command lines the benchmark looks at. */
export const UNITS = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"];

/** Flags of the units' command lines that name files with settings. */
const FILES: [unit: string, flag: string][] = [
  ["kube-apiserver", "audit-policy-file"],
  ["kube-apiserver", "admission-control-config-file"],
  ["kube-apiserver", "authentication-config"],
  ["kubelet", "config"],
];

/**
 * What the components of a machine are started with.
 * @param lines command lines of those of UNITS that the machine has
 * @param etcd its environment, where there is one
 * @param read content of a file that a command line names
 */
export async function settingsOf(
  lines: Record<string, string>,
  etcd: Record<string, string> | undefined,
  read: (path: string) => Promise<string>,
): Promise<Settings> {
  const flags = (unit: string) => (lines[unit] ? parseFlags(lines[unit]) : undefined);
  const [audit, admission, authentication, kubeletConfig] = await Promise.all(
    FILES.map(async ([unit, flag]) => {
      const path = flags(unit)?.[flag];
      return path === undefined ? undefined : JSON.parse(await read(path));
    }),
  );
  return {
    apiServer: flags("kube-apiserver"),
    audit,
    admission,
    anonymous: authentication?.anonymous,
    controllerManager: flags("kube-controller-manager"),
    scheduler: flags("kube-scheduler"),
    etcd:
      etcd &&
      Object.fromEntries(Object.entries(etcd).map(([key, said]) => [key.replace(/^ETCD_/, ""), said])),
    kubelet: flags("kubelet")!,
    kubeletConfig,
    proxy: flags("kube-proxy")!,
  };
}
