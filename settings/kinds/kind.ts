import { type AddressRange, type Cidr } from "../cidr";
import { type ProviderSettings } from "../cluster";
import { type Inventory } from "../inventory";
import { type HostKey, type StackKey } from "../keys";
import { type CidrRule } from "../read-cidr";
import { type Section } from "../section";
import { type OperatorBox } from "./virtualbox-ranges";

/** A kind of machines, before anything is known of a stack. A new one is a file beside this, and a line in index.ts. */
export interface MachineKind {
  /** The keys that have a meaning with some kinds of machines only, this one among them. */
  keys: { stack: readonly StackKey[]; host: readonly HostKey[] };
  /**
   * Reads what a stack says of its machines, and reports what is wrong with it.
   * @param stack its name
   */
  read(section: Section, stack: string): Machines;
}

/** The machines of a stack, as the checks that hold for every kind know them. */
export interface Machines {
  /** A right value of `host` for the examples in messages. */
  exampleAddress: string;
  /** A command that sets something for every host. */
  exampleCommand: string;
  /** Undefined where what was written of it is wrong, and was reported. */
  network?: MachineNetwork;
  /** What these machines are connected to besides; no network of the cluster may overlap it. */
  surroundings: readonly { what: string; cidr: Cidr }[];
  /** Whether the nodes speak by WireGuard where the user says nothing of it. */
  encrypted: boolean;
  /**
   * All that this kind must know, from the stack and from every host's own keys; reports what is wrong.
   * @param network the machines'; without one, nothing about it is checked
   * @returns undefined where what could be read is not enough
   */
  describe(inventory: Inventory, network: Cidr | undefined, box: OperatorBox): ProviderSettings | undefined;
}

/** The network that the inventory's addresses are in. */
export interface MachineNetwork extends Pick<CidrRule, "prefixes" | "within"> {
  /** Right ones, the default first. */
  alternatives: CidrRule["examples"];
  /** Whether it is there already, and has other machines in it: then it follows from the master's address. */
  isGiven: boolean;
  reserved(network: Cidr): Reserved[];
  /** Who has all of a network that has no address for a machine. */
  reservedFor: string;
  /** What to do where all addresses are of a network of the user's own; undefined where nothing can be done. */
  wayIntoOwnNetwork?: string;
  /** What to do where it overlaps another; where left out, another one is advised. */
  wayOutOfOverlap?: string;
}

/** Addresses of the machines' network that no machine can have, and why. */
export interface Reserved extends AddressRange {
  what: string;
}
