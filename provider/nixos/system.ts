/** Something that Nix can build. */
export interface Derivation {
  /** The derivation, from which it is built. */
  drvPath: string;
  /** Where it stands when built, on every machine alike; known before it is built. */
  storePath: string;
}

/** What evaluating a machine's NixOS configuration gives. */
export interface EvaluatedSystem extends Derivation {
  /** Where the machine wants the secrets that the program holds; their values never enter the Nix store. */
  secrets: SecretFile[];
}

/** A secret's place on a machine, as nix/secrets.nix says it. */
export interface SecretFile {
  /** Name of the secret, such as "join-token". */
  secret: string;
  path: string;
  uid: number;
  gid: number;
  /** Octal, such as "0400". */
  mode: string;
}

/** Values of secrets by their names. */
export type Secrets = Record<string, string>;
