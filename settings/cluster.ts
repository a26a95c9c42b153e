import type { PodSecurity, RebootPolicy } from "./keys";
import type { Rollbacks } from "./rollback";
import type { Rotations } from "./rotate";
import type { SnapshotSettings } from "./snapshots";

/**
 * The one description of a cluster that everything else is made from. {@link loadSettings} makes it: every value
 * in it has been checked, every default filled in, and all of it is frozen.
 */
export interface ClusterSettings {
  /** Name of the Pulumi stack, which may change: no resource is made from it but once (see components/cluster.ts). */
  stack: string;
  /** Name of the host that runs the Kubernetes control plane and etcd; always one of {@link hosts}. */
  master: string;
  /** In the order of the inventory file; at least one. */
  hosts: HostSettings[];
  /**
   * CIDR that every host's {@link HostSettings.address} lies in: VirtualBox's host-only network, the operator's own
   * network behind a bridge, or the servers' subnet at Hetzner. Its first part is the network's own address.
   */
  network: string;
  /** What makes the machines, and what only machines of that kind have. */
  provider: ProviderSettings;
  /** Where absent, the nodes speak to each other on {@link network} itself. */
  wireguard?: WireGuardSettings;
  kubernetes: KubernetesSettings;
  rollout: RolloutSettings;
  /** Whole days for which a certificate of the cluster's own parts is good. */
  certificateDays: number;
  /** The nixpkgs that every machine's system is evaluated from. */
  nixpkgs: PinnedFile & {
    /** Oldest version of Nix that this nixpkgs can be evaluated with, such as "2.18". */
    minimumNix: string;
  };
  /** Absolute paths of the user's NixOS modules for every machine; each is known to exist. */
  modules: string[];
  /** The user's own secrets by their names, in plain text: wrap them before they go anywhere. */
  secrets: Record<string, string>;
  /** Which keys of the cluster are to be made anew. */
  rotate: Rotations;
  /** Which hosts are to go back to an earlier system, and to which; the others run what the settings give. */
  rollback: Rollbacks;
  /** Where snapshots of etcd go. */
  snapshots: SnapshotSettings;
}

/** One machine of the cluster. */
export interface HostSettings {
  /** A DNS label (RFC 1123, lower case): host name, node name and key in the inventory. */
  name: string;
  /** IPv4 address within {@link ClusterSettings.network}; key `host` in the inventory. No two hosts share one. */
  address: string;
  /** IPv4 address that the other nodes know it by: its WireGuard address where there is one, otherwise `address`. */
  nodeAddress: string;
  /** ["master", "node"] for the master, which has a kubelet too; ["node"] for every other host. */
  roles: Role[];
  /**
   * UUID that the root file system gets, in lower case as /dev/disk/by-uuid shows it; derived from the stack's
   * identity where the inventory names none.
   */
  diskUuid?: string;
  /** Labels that its node gets, besides those of others. */
  labels: Record<string, string>;
  /** Taints that its node gets, likewise, by key and effect (`dedicated:NoSchedule`), which no two share: their values. */
  taints: Record<string, string>;
  /** Absolute paths of the user's NixOS modules for this machine alone; each is known to exist. */
  modules: string[];
}

export type Role = "master" | "node";

/** One for each kind of machines. */
export type ProviderSettings = VirtualBoxSettings | HetznerSettings;

/** Machines of VirtualBox on the operator's box. */
export interface VirtualBoxSettings {
  kind: "virtualbox";
  /** How the machines are on {@link ClusterSettings.network}. */
  adapter:
    | { kind: "hostonly"; /** The operator's own address on it: the first of the network. */ address: string }
    | {
        kind: "bridged";
        /** The operator's interface that the machines share, such as eth0. */ interface: string;
      };
  /** The NixOS minimal ISO that new machines are installed from. */
  installer: PinnedFile;
  /** One for each of {@link ClusterSettings.hosts}, by name. */
  hosts: Record<string, VirtualBoxHost>;
}

export interface VirtualBoxHost {
  /** MB of 2^20 bytes, as VirtualBox counts. */
  memory: number;
  /** Number of virtual processors; at least 1. */
  cpus: number;
  /** MB of 2^20 bytes, as VirtualBox counts. */
  disk: number;
}

/** Servers of Hetzner Cloud. */
export interface HetznerSettings {
  kind: "hetzner";
  /** Name of the stock image that a new server boots before NixOS takes it over, such as debian-13. */
  image: string;
  /**
   * CIDRs, IPv4 or IPv6, in canonical form: who may reach SSH, the API and WireGuard from outside. At least one; no two
   * are the same.
   */
  access: string[];
  /** Network zone that the locations of all hosts are in, such as eu-central. */
  networkZone: string;
  /** One for each of {@link ClusterSettings.hosts}, by name. */
  hosts: Record<string, HetznerHost>;
}

export interface HetznerHost {
  /** Names of server types, the most wanted first; all x86. At least one. */
  serverTypes: string[];
  /** Names of locations, the most wanted first; all in {@link HetznerSettings.networkZone}. At least one. */
  locations: string[];
  /** Whether it gets a public IPv4 address; IPv6 it has always. */
  ipv4: boolean;
  /** Whether Hetzner and Pulumi refuse to delete it. */
  protect: boolean;
}

/** An encrypted network on top of {@link ClusterSettings.network}, in which the nodes speak to each other. */
export interface WireGuardSettings {
  /** A host's address has the same place in it as `address` has in {@link ClusterSettings.network}. */
  cidr: string;
  /** UDP port that every machine listens at. */
  port: number;
}

/** Address ranges and the port of Kubernetes itself. No two ranges overlap, nor do they touch the machines' network or WireGuard's. */
export interface KubernetesSettings {
  /** CIDR that pods get their addresses from; it holds a /24 for every host. */
  pods: string;
  /** CIDR that services get their addresses from; it starts on a /24 boundary and holds at least that /24. */
  services: string;
  /** TCP port of the API server. */
  apiPort: number;
  /** What pods may do where the labels of their namespace say nothing of it. */
  podSecurity: PodSecurity;
}

/** How machines that are there come to another system. */
export interface RolloutSettings {
  /** How many workers may be changing at once; at least 1. */
  maxUnavailable: number;
  /** Whether a machine is rebooted where its new system needs that. */
  reboot: RebootPolicy;
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
