import type { Candidate, Decision, SiteNames, Wish } from "../hetzner";
import { declare, OptionalInOldStates } from "./declare";
import { LoginInputs } from "./machine";

/** Which Hetzner project, at which API. */
export interface HetznerAccess {
  token: string;
  /** Hetzner's own where left out. */
  endpoint?: string;
}

export interface ServerChoiceArgs extends HetznerAccess, Wish {
  stackIdentity: string;
  /** The server's, at Hetzner: one of the signs by which it is known, and refused where another server has it. */
  serverName: string;
  /** In the private network; one that another host's server has is refused. */
  address: string;
}

/** What is decided. */
export interface ServerChoiceOutputs extends Decision {
  /** Incremented when an order failed; triggers replacement of the server, even if the state has one. */
  order: number;
}

/** What a check notes for the next one; it makes no difference by itself. */
export interface ServerChoiceNotes {
  /** Id of the host's server, since it was seen: from then on its want is no failed order. */
  server?: number;
  cameToNothing?: readonly Candidate[];
}

/** With the decision, which check fills in. */
export interface ServerChoiceInputs
  extends
    OptionalInOldStates<ServerChoiceArgs, "serverName">,
    Partial<ServerChoiceOutputs>,
    ServerChoiceNotes {}

export const SERVER_CHOICE = declare<ServerChoiceInputs, ServerChoiceOutputs, ServerChoiceArgs>({
  type: "kluster-provider:hetzner:ServerChoice",
  outputs: { serverType: "plain", location: "plain", monthlyCost: "plain", order: "plain" },
  secretInputs: ["token"],
});

export interface ServerPowerArgs extends HetznerAccess, LoginInputs {
  stackIdentity: string;
  host: string;
  /** Id of the server. */
  server: string;
  /** Whether it shall run; a refresh says whether it does. */
  running: boolean;
  /** What hcloud's plugin switches the server off for when it changes; afterwards it is waited for. */
  serverType: string;
  ipv4: boolean;
}

export interface ServerPowerInputs extends ServerPowerArgs {
  /** How often a check has found it off: one more than before is a change, which switches it on. */
  foundOff?: number;
  /** How often a check has found it to be of another type than hcloud's plugin takes it for; likewise. */
  foundOther?: number;
}

export const SERVER_POWER = declare<ServerPowerInputs, object, ServerPowerArgs>({
  type: "kluster-provider:hetzner:ServerPower",
  outputs: {},
  secretInputs: ["token", "privateKey"],
});

export interface HetznerCleanupArgs extends HetznerAccess {
  stackIdentity: string;
  stack: string;
  /** What the stack's objects are called at Hetzner: a preview refuses or names others of these names. */
  names: SiteNames;
  /** Networks (CIDR) from which the servers can be reached: a preview warns where this box's address is in none. */
  access: readonly string[];
}

export type HetznerCleanupInputs = OptionalInOldStates<HetznerCleanupArgs, "names" | "access">;

export const HETZNER_CLEANUP = declare<HetznerCleanupInputs, object, HetznerCleanupArgs>({
  type: "kluster-provider:hetzner:Cleanup",
  outputs: {},
  secretInputs: ["token"],
});
