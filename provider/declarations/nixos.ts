import type { PastSystem, Ties } from "../nixos/history";
import type { Summary } from "../nixos/summary";
import type { EvaluatedSystem, SecretFile, Secrets } from "../nixos/system";
import { Properties } from "../values";
import { declare, OptionalInOldStates } from "./declare";
import { ClusterFacts, MachineFacts } from "./facts";
import { OnMachineInputs, RolloutInputs } from "./machine";

export interface Nixpkgs {
  url: string;
  sha256: string;
  minimumNix: string;
}

/** What decides the NixOS systems of all machines of a stack. */
export interface EvaluationArgs {
  nixpkgs: Nixpkgs;
  cluster: ClusterFacts;
  machines: Record<string, MachineFacts>;
}

/** Of these facts any part may be unknown, or another one in an old state: what reads and checks them is nix/facts.nix. */
export interface EvaluationInputs {
  nixpkgs: Nixpkgs;
  cluster: Properties;
  machines: Properties;
  /** The result, filled in by check; absent while something is unknown. */
  systems?: Record<string, EvaluatedSystem>;
}

export interface EvaluationOutputs {
  systems: Record<string, EvaluatedSystem>;
}

export const EVALUATION = declare<EvaluationInputs, EvaluationOutputs, EvaluationArgs>({
  type: "kluster-provider:nixos:Evaluation",
  outputs: { systems: "plain" },
  secretInputs: [],
});

/** A server that has just been made from the cloud's stock image of Debian. */
export interface TakeoverInputs extends OnMachineInputs {
  /** Public host key of the stock system; it is thrown away with that. */
  bootHostKey: string;
  /** The machine's lasting host key, which the installer and all that comes after answer with. */
  hostPrivateKey: string;
  /** Public half of `privateKey`, as a line of authorized_keys. */
  authorizedKey: string;
  nixpkgs: Nixpkgs;
  /** IPv6 address and prefix length of the network card to the internet, which no protocol tells the machine. */
  ipv6?: string;
}

export interface TakeoverOutputs {
  /** MAC address of the network card to the internet, in lower case. */
  publicMac: string;
  /** The disk by its path, as the installer sees it. */
  disk: string;
}

export const TAKEOVER = declare<TakeoverInputs, TakeoverOutputs>({
  type: "kluster-provider:nixos:Takeover",
  outputs: { publicMac: "plain", disk: "plain" },
  secretInputs: ["hostPrivateKey", "privateKey"],
});

/** What installation and system have in common: a machine, how to reach it, and what it shall run. */
export interface MachineSystemInputs extends OnMachineInputs {
  /** Of the evaluated system; nothing is built where the machine goes back to one of before. */
  drvPath: string;
  storePath: string;
  secretFiles: SecretFile[];
  secrets: Secrets;
}

/** A machine that answers as an installer, and what shall be on its disk. */
export interface InstallationInputs extends MachineSystemInputs {
  /** VirtualBox VM whose installation media go away afterwards; a machine without restarts by itself. */
  vm?: string;
  disk: string;
  rootUuid: string;
  hostPrivateKey: string;
}

export const INSTALLATION = declare<InstallationInputs>({
  type: "kluster-provider:nixos:Installation",
  outputs: {},
  secretInputs: ["privateKey", "secrets", "hostPrivateKey"],
});

/** The NixOS system that a machine shall run. */
export interface SystemArgs extends MachineSystemInputs {
  /** Whether it runs the Kubernetes API. */
  isMaster: boolean;
  /** "previous", or how the hash of an earlier system begins; absent: the evaluated system is the one. */
  rollback?: string;
  /**
   * Secrets that earlier systems may ask for besides; check takes of them what the one that it chooses asks for, and they
   * are never in the state.
   */
  offered: Secrets;
  /** What the evaluated system has in itself of the rest of the cluster. */
  ties: Ties;
  rollout: RolloutInputs;
}

export interface SystemInputs extends OptionalInOldStates<
  SystemArgs,
  "isMaster" | "offered" | "ties" | "rollout"
> {
  /** What is in the system, filled in by check; absent where it was evaluated before that was kept. */
  summary?: Summary;
  /** Filled in by check: the systems that the machine was made to run, this one first. */
  history?: PastSystem[];
  /** Likewise: the store path that `rollback` has come to mean. What is previous moves by going back. */
  pinned?: string;
}

export const SYSTEM = declare<SystemInputs, object, SystemArgs>({
  type: "kluster-provider:nixos:System",
  outputs: {},
  secretInputs: ["privateKey", "secrets"],
});

export interface TrustInputs extends OnMachineInputs {
  /** Those of the machine's secret files that are placed at this moment. */
  files: SecretFile[];
  secrets: Secrets;
  /** Whether a machine that has just been set up has the very same in these files. */
  placed: boolean;
}

export const TRUST = declare<TrustInputs>({
  type: "kluster-provider:nixos:Trust",
  outputs: {},
  secretInputs: ["privateKey", "secrets"],
});
