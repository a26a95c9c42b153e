/** Every key that a user may write, by the place where it stands. Anything else is refused. */

/** Stack configuration, written `kluster:<key>` in Pulumi.<stack>.yaml. */
export const STACK_KEYS = [
  "inventory",
  "provider",
  "adapter",
  "bridge",
  "network",
  "memory",
  "cpus",
  "disk",
  "pods",
  "services",
  "apiPort",
  "modules",
  "nixpkgs",
  "installer",
] as const;

/** Within `kluster:nixpkgs`. */
export const NIXPKGS_KEYS = ["url", "sha256", "minimumNix"] as const;

/** Within `kluster:installer`. */
export const INSTALLER_KEYS = ["url", "sha256"] as const;

/** Tables of the inventory file. */
export const INVENTORY_KEYS = ["kluster", "hosts"] as const;

/** Within the inventory's [kluster]. */
export const KLUSTER_KEYS = ["master"] as const;

/** Within [hosts.<name>] of the inventory. */
export const HOST_KEYS = ["host", "disk_uuid", "memory", "cpus", "disk", "modules"] as const;
