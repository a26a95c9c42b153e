import { declare } from "./declare";
import { GenerationInputs } from "./generation";
import { OnMachineInputs } from "./machine";

export interface KeyPairInputs extends GenerationInputs {
  /** Part of the public key's line: whose it is. */
  comment: string;
}

/** Both halves of a key, in OpenSSH's formats. */
export interface SshKeys {
  publicKey: string;
  privateKey: string;
}

export interface KeyPairOutputs extends SshKeys {
  /** Those that it has followed, the latest first: machines that have not followed yet still have one of them. */
  earlier?: SshKeys[];
}

export const KEY_PAIR = declare<KeyPairInputs, KeyPairOutputs>({
  type: "kluster-provider:ssh:KeyPair",
  outputs: { publicKey: "plain", privateKey: "secret", earlier: "secret" },
  secretInputs: [],
});

export interface LoginKeysInputs extends OnMachineInputs {
  /** The private half of `hostKey`. */
  hostPrivateKey: string;
  /** The public half of `privateKey`. */
  authorizedKey: string;
  /** What the machine may still have: host keys by their public halves, operator's keys by their private ones. */
  earlier: { hostKeys: string[]; privateKeys: string[] };
}

export const LOGIN_KEYS = declare<LoginKeysInputs>({
  type: "kluster-provider:ssh:LoginKeys",
  outputs: {},
  secretInputs: ["privateKey", "hostPrivateKey", "earlier"],
});
