import * as pulumi from "@pulumi/pulumi";
import { HardwareArgs, Hosts, KeyPair } from "../provider/sdk";
import { ClusterSettings, HostSettings } from "../settings/cluster";

/** Where machines come from. Only createSite (site.ts) knows which kinds there are. */
export interface Site {
  /** MTU, in bytes, of the network that the inventory's addresses are on. */
  readonly mtu: number;
  /** CIDRs that may reach SSH and the Kubernetes API; none means everybody. */
  readonly access: readonly string[];
  /** @param master absent for the master itself, which is the first */
  machine(host: HostSettings, master?: Machine): Machine;
}

/** What any site is made from. */
export interface SiteArgs {
  settings: ClusterSettings;
  /** See Cluster. */
  clusterName: pulumi.Output<string>;
  stackIdentity: pulumi.Output<string>;
  hosts: Hosts;
  /** The key that the operator logs in with. */
  operator: KeyPair;
}

/**
 * A machine of any kind, as everything above it knows it: something that answers SSH as root at an address with
 * a pinned host key.
 */
export interface Machine {
  /** "This very machine": changes when another one takes its place. */
  readonly identity: pulumi.Output<string>;
  /** The resource that stands for the machine's life. */
  readonly resource: pulumi.Resource;
  /** IP address that the operator reaches it by. */
  readonly address: pulumi.Output<string>;
  /** Public host key, as in authorized_keys. */
  readonly hostKey: pulumi.Output<string>;
  /** Both halves of it, and of those that it had before. */
  readonly hostKeys: KeyPair;
  readonly facts: HardwareArgs;
  /** What its installation must know; absent where NixOS is there already. */
  readonly installation?: {
    /**
     * Id by which the program restarts the machine from its disk, and takes its installation media away; absent where the
     * machine does that by itself.
     */
    restartId?: pulumi.Input<string>;
    hostPrivateKey: pulumi.Output<string>;
  };
  /** Absent where nobody sends one. */
  readonly bill?: pulumi.Output<Bill>;
}

/** What a machine costs a month, and what that is paid for. */
export interface Bill {
  /** Such as "cx23 in fsn1". */
  what: string;
  /** Net, a decimal string. */
  total: string;
  /** ISO 4217, such as EUR. */
  currency: string;
}
