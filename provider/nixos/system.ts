import { CertificateRequest } from "../pki";
import { Described, Summary } from "./summary";

/** Something that Nix can build. */
export interface Derivation {
  /** The derivation, from which it is built. */
  drvPath: string;
  /** Where it stands when built, on every machine alike; known before it is built. */
  storePath: string;
}

/** What evaluating a machine's NixOS configuration gives. */
export interface EvaluatedSystem extends Derivation {
  /** Certificates that the machine's services prove by, by their names in services.kubernetes.pki.certs. */
  certificates: Record<string, CertificateRequest>;
  /** Kubernetes objects that a master's API needs before anything else may do its work. */
  bootstrapObjects: object[];
  /** Where the machine wants the secrets that the program holds; their values never enter the Nix store. */
  secrets: SecretFile[];
}

/** An evaluated system, and what is in it: as Nix prints it. */
export interface DescribedSystem extends EvaluatedSystem {
  summary: Described;
}

/** The same as it is kept. */
export interface SummarizedSystem extends EvaluatedSystem {
  summary: Summary;
}

/** A secret's place on a machine, as nix/secrets.nix says it. */
export interface SecretFile {
  /** Name of the secret, such as "key:kubelet"; "kluster:secrets.wifi" is one of the stack's configuration. */
  secret: string;
  path: string;
  /** Owner and group, either by number… */
  uid?: number;
  gid?: number;
  /** …or by name: they need not exist before the system is active. Only below the folder that nix/secrets.nix names. */
  owner?: string;
  group?: string;
  /** Octal, such as "0400". */
  mode: string;
  /**
   * Whether a machine that has it keeps it when its system changes: what is in it changes for all machines at once, or before
   * the system (provider/resources/trust.ts).
   */
  first?: boolean;
  /** Another path that leads to it. */
  link?: string;
  /** Units that an activation restarts once where its content has changed. */
  restartUnits?: string[];
}

/** Values of secrets by their names. */
export type Secrets = Record<string, string>;
