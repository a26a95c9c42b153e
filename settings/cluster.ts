/**
 * The one description of a cluster that everything else is made from. {@link loadSettings} makes it: every value
 * in it has been checked, every default filled in, and all of it is frozen.
 */
export interface ClusterSettings {
  /** Name of the Pulumi stack; part of the names that people see (VM names, kubeconfig context). */
  stack: string;
  /** Name of the host that runs the Kubernetes control plane and etcd; always one of {@link hosts}. */
  master: string;
  /** In the order of the inventory file; at least one. */
  hosts: HostSettings[];
  network: NetworkSettings;
  kubernetes: KubernetesSettings;
  /** The nixpkgs that every machine's system is evaluated from. */
  nixpkgs: PinnedFile & {
    /** Oldest version of Nix that this nixpkgs can be evaluated with, such as "2.18". */
    minimumNix: string;
  };
  /** The NixOS minimal ISO that new machines are installed from. */
  installer: PinnedFile;
  /** Absolute paths of the user's NixOS modules for every machine; each is known to exist. */
  modules: string[];
}

/** One machine of the cluster. */
export interface HostSettings {
  /** A DNS label (RFC 1123, lower case): host name, node name and key in the inventory. */
  name: string;
  /** IPv4 address within {@link NetworkSettings.cidr}; key `host` in the inventory. No two hosts share one. */
  address: string;
  /** ["master", "node"] for the master, which takes pods too; ["node"] for every other host. */
  roles: Role[];
  /** MB of 2^20 bytes, as VirtualBox counts. */
  memory: number;
  /** Number of virtual processors; at least 1. */
  cpus: number;
  /** MB of 2^20 bytes, as VirtualBox counts. */
  disk: number;
  /**
   * UUID that the root file system gets, in lower case as /dev/disk/by-uuid shows it; derived from the stack's
   * identity where the inventory names none.
   */
  diskUuid?: string;
  /** Absolute paths of the user's NixOS modules for this machine alone; each is known to exist. */
  modules: string[];
}

export type Role = "master" | "node";

/** The network that the machines reach each other, and the operator reaches them, by. */
export interface NetworkSettings {
  /** Such as 192.168.56.0/24; its first part is the network's own address. */
  cidr: string;
  adapter:
    | { kind: "hostonly"; /** The operator's own address on it: the first of the network. */ address: string }
    | {
        kind: "bridged";
        /** The operator's interface that the machines share, such as eth0. */ interface: string;
      };
}

/** Address ranges and the port of Kubernetes itself. No two ranges overlap, nor do they touch the machines' network. */
export interface KubernetesSettings {
  /** CIDR that pods get their addresses from; it holds a /24 for every host. */
  pods: string;
  /** CIDR that services get their addresses from; it starts on a /24 boundary and holds at least that /24. */
  services: string;
  /** TCP port of the API server. */
  apiPort: number;
}

/** A file from elsewhere whose content is always checked. */
export interface PinnedFile {
  /** https:// or file:// */
  url: string;
  /**
   * SHA-256 in the form that the file's reader takes: 64 hex digits of the file itself for the ISO, 52 characters of
   * Nix's base 32 over the unpacked tree for nixpkgs.
   */
  sha256: string;
}
