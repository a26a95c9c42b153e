/** Every key that a user may write, by the place where it stands. Anything else is refused. */

/** What can make the machines; the values of `kluster:provider`. */
export const PROVIDERS = ["virtualbox", "hetzner"] as const;
export type ProviderKind = (typeof PROVIDERS)[number];

/** Stack configuration, written `kluster:<key>` in Pulumi.<stack>.yaml. */
export const STACK_KEYS = [
  "inventory",
  "provider",
  "adapter",
  "bridge",
  "access",
  "serverTypes",
  "locations",
  "image",
  "ipv4",
  "protect",
  "network",
  "wireguard",
  "wireguardPort",
  "memory",
  "cpus",
  "disk",
  "pods",
  "services",
  "apiPort",
  "certificateDays",
  "podSecurity",
  "allowSchedulingOnMaster",
  "maxUnavailable",
  "reboot",
  "modules",
  "secrets",
  "rotate",
  "rollback",
  "snapshots",
  "nixpkgs",
  "installer",
] as const;

/**
 * What pods may do where their namespace says nothing of it; the values of `kluster:podSecurity`, by the names of
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/.
 */
export const POD_SECURITY = ["privileged", "baseline", "restricted"] as const;
export type PodSecurity = (typeof POD_SECURITY)[number];

/** Whether a machine is rebooted when its new system only comes whole by that; the values of `kluster:reboot`. */
export const REBOOT = ["never", "ifNeeded"] as const;
export type RebootPolicy = (typeof REBOOT)[number];

/** What a taint does to pods that do not tolerate it; the values of Kubernetes (core/v1, TaintEffect). */
export const TAINT_EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;

/** Within `kluster:nixpkgs`. */
export const NIXPKGS_KEYS = ["url", "sha256", "minimumNix"] as const;

/** Within `kluster:installer`. */
export const INSTALLER_KEYS = ["url", "sha256"] as const;

/** Tables of the inventory file. */
export const INVENTORY_KEYS = ["kluster", "hosts"] as const;

/** Within the inventory's [kluster]. */
export const KLUSTER_KEYS = ["master"] as const;

/** Within [hosts.<name>] of the inventory. */
export const HOST_KEYS = [
  "host",
  "disk_uuid",
  "labels",
  "taints",
  "memory",
  "cpus",
  "disk",
  "server_types",
  "locations",
  "ipv4",
  "protect",
  "modules",
] as const;

export type StackKey = (typeof STACK_KEYS)[number];
export type HostKey = (typeof HOST_KEYS)[number];
