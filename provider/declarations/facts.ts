/** What decides the NixOS systems of a stack, as nix/facts.nix reads and checks it. */
export interface Facts {
  nixpkgs: { url: string; sha256: string };
  cluster: ClusterFacts;
  /** By the names of the hosts. */
  machines: Record<string, MachineFacts>;
}

export interface ClusterFacts {
  stack: string;
  /** Name of the host that runs the control plane. */
  master: string;
  apiPort: number;
  podSecurity: string;
  /** CIDR, like `services`. */
  pods: string;
  services: string;
  /** Lines of authorized_keys for root. */
  authorizedKeys: string[];
  /** Absolute paths of NixOS modules for all machines. */
  modules: string[];
  /** Names of the user's own secrets; their values never come here. */
  secrets: string[];
  /** What the machines call each other, by the names of the hosts. */
  hosts: Record<string, string>;
  /** CIDRs that may reach SSH and the Kubernetes API; none means everybody. */
  access: string[];
  wireguard?: WireGuardFacts;
}

/** The mesh between the machines. */
export interface WireGuardFacts {
  port: number;
  /** Bytes. */
  mtu: number;
  /** By the names of the hosts: the address is the one in the mesh, the endpoint the inventory's. */
  peers: Record<string, { publicKey: string; address: string; endpoint: string }>;
}

/** A machine, as the inventory has it and as it is made. */
export type MachineFacts = InventoryFacts & HardwareFacts;

export interface InventoryFacts {
  roles: string[];
  address: string;
  prefixLength: number;
  /** What the other machines call it: its address in the mesh, where there is one. */
  nodeAddress: string;
  /** Absolute paths of NixOS modules for this machine. */
  modules: string[];
}

/** What NixOS must know of a machine's hardware. */
export type HardwareFacts = OwnFacts & {
  /** The disk by its path. */
  disk: string;
  /** UUID of the root file system. */
  rootUuid: string;
  /** Addresses by which the API server is reached from outside, besides the node's own. */
  publicAddresses: string[];
};

/** What only machines of a kind have, under the kind's name. MAC addresses are six pairs of hex digits with colons. */
type OwnFacts =
  | { kind: "virtualbox"; virtualbox: { macs: { egress: string; cluster: string } } }
  | {
      kind: "hetzner";
      /** `ipv6`: address and prefix length, where it has one. */
      hetzner: { macs: { public: string; private: string }; ipv4: boolean; ipv6?: string };
    };
