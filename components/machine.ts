import * as pulumi from "@pulumi/pulumi";

/**
 * A machine of any kind, as everything above it knows it: something that answers SSH as root at an address with
 * a pinned host key. Only createMachine (cluster.ts) knows which kinds there are.
 */
export interface Machine {
  /** "This very machine": changes when another one takes its place. */
  readonly identity: pulumi.Output<string>;
  /** The resource that stands for the machine's life; it exists when the machine answers. */
  readonly resource: pulumi.Resource;
  /** IPv4 address that the operator reaches it by. */
  readonly address: string;
  /** Public host key, as in authorized_keys. */
  readonly hostKey: pulumi.Output<string>;
  /** What NixOS must know of the hardware; known at plan time. */
  readonly facts: MachineFacts;
  /** What its installation must know; absent where NixOS is there already. */
  readonly installation?: {
    /** VirtualBox VM whose installation media go away afterwards. */
    vm?: pulumi.Input<string>;
    rootUuid: pulumi.Input<string>;
    disk: string;
    hostPrivateKey: pulumi.Output<string>;
  };
}

/** Facts that nix/ takes for a machine, by the names that are documented in nix/default.nix. */
export interface MachineFacts {
  kind: string;
  /** The disk by its path. */
  disk: string;
  rootUuid: pulumi.Input<string>;
  macs: { egress: pulumi.Input<string>; cluster: pulumi.Input<string> };
}
