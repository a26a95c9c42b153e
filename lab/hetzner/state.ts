import { ActionRecord } from "./actions";
import type { CatalogueChanges } from "./catalogue/changes";

/** Everything the stand-in remembers, as kept in state.json. Objects refer to each other by id. */
export interface State {
  /** One counter for all kinds: ids of different kinds never coincide, so that mixing them up shows. */
  nextId: number;
  actions: ActionRecord[];
  sshKeys: SshKey[];
  networks: Network[];
  placementGroups: PlacementGroup[];
  primaryIps: PrimaryIp[];
  firewalls: Firewall[];
  servers: Server[];
  /** Objects of kinds that are only listed, made and deleted: what other programs leave in a project. */
  others: Other[];
  stock: Stock;
  catalogue: CatalogueChanges;
  /** Tokens may only read. */
  readOnly: boolean;
}

export type Labels = Record<string, string>;

/** What all kinds have in common. */
export interface Named {
  id: number;
  name: string;
  labels: Labels;
  /** ISO time. */
  created: string;
}

export interface SshKey extends Named {
  /** One line, as given. */
  publicKey: string;
}

export interface Network extends Named {
  /** CIDR. */
  ipRange: string;
  subnets: Subnet[];
  routes: { destination: string; gateway: string }[];
  exposeRoutes: boolean;
  protected: boolean;
}

export interface Subnet {
  type: "cloud" | "server";
  /** CIDR. */
  ipRange: string;
  networkZone: string;
}

export interface PlacementGroup extends Named {
  type: "spread";
}

export interface PrimaryIp extends Named {
  type: "ipv4" | "ipv6";
  /** An address, or the CIDR of a /64. */
  ip: string;
  location: string;
  /** Server that has it. */
  assignee: number | null;
  autoDelete: boolean;
  protected: boolean;
  /** Reverse DNS: address to name. */
  dnsPtr: Record<string, string>;
}

export interface Firewall extends Named {
  rules: Rule[];
  appliedTo: AppliedTo[];
}

/** A firewall's rule in the API's own words. */
export interface Rule {
  direction: "in" | "out";
  protocol: "tcp" | "udp" | "icmp" | "esp" | "gre";
  port: string | null;
  source_ips: string[];
  destination_ips: string[];
  description: string | null;
}

export type AppliedTo =
  | { type: "server"; server: number; status: "pending" | "applied" }
  | { type: "label_selector"; selector: string };

export type ServerStatus =
  "initializing" | "starting" | "running" | "stopping" | "off" | "deleting" | "migrating" | "rebuilding";

export interface Server extends Named {
  status: ServerStatus;
  /** Name of the server type. */
  type: string;
  location: string;
  image: number;
  /** GB; stays smaller than the type's after a change of type without the disk. */
  diskSize: number;
  /** Six pairs of hex digits with colons: the public NIC. */
  mac: string;
  placementGroup: number | null;
  privateNets: PrivateNet[];
  protected: boolean;
  userData: string;
}

export interface PrivateNet {
  network: number;
  ip: string;
  aliasIps: string[];
  mac: string;
}

export interface Other extends Named {
  kind: OtherKind;
  location: string;
}

export type OtherKind = "volumes" | "floating_ips" | "load_balancers" | "certificates";

/** What can be ordered: type to location to availability; a missing entry means the catalogue's. */
export type Stock = Record<string, Record<string, boolean>>;

/** A project in which nothing was ever made. */
export const freshState = (): State => ({
  nextId: 4_200_001,
  actions: [],
  sshKeys: [],
  networks: [],
  placementGroups: [],
  primaryIps: [],
  firewalls: [],
  servers: [],
  others: [],
  stock: {},
  catalogue: {},
  readOnly: false,
});
