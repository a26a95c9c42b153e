import type { LabelsAndTaints } from "../kubernetes/labels-and-taints";
import type { Identity } from "../pki";
import { declare, OptionalInOldStates } from "./declare";
import { GenerationInputs } from "./generation";
import { LoginInputs } from "./machine";

export interface EncryptionKeyOutputs {
  /** 32 bytes in base64. */
  key: string;
  /** Those that it has followed, the latest first. */
  earlier?: string[];
}

export const ENCRYPTION_KEY = declare<GenerationInputs, EncryptionKeyOutputs>({
  type: "kluster-provider:kubernetes:EncryptionKey",
  outputs: { key: "secret", earlier: "secret" },
  secretInputs: [],
});

/** Part of the inputs of what is done by somebody who may do everything in the cluster, and who is made for that alone. */
export interface AdministratorInputs extends LoginInputs {
  /** The master, where it is done. */
  machine: string;
  /** Of the API, as the master calls it: https://il:6443 */
  server: string;
  /** That makes the administrator. */
  authority: Identity;
  /** Certificates (PEM) of those whose word counts for who the API is. */
  trusted: string;
}

export interface AccessRulesArgs extends AdministratorInputs {
  /** "This very machine": another's etcd knows of no rules. */
  identity: string;
  /** Kubernetes objects. */
  objects: object[];
  /** Says which key Secrets are encrypted with: with another one all of them are written anew. */
  encryptionKey: string;
  /** Says which key the tokens of service accounts are signed with: with another one those in Secrets are named. */
  tokenKey: string;
}

export type AccessRulesInputs = OptionalInOldStates<AccessRulesArgs, "identity">;

export const ACCESS_RULES = declare<AccessRulesInputs, object, AccessRulesArgs>({
  type: "kluster-provider:kubernetes:AccessRules",
  outputs: {},
  secretInputs: ["privateKey", "authority"],
});

export const TRUST_IN_PODS = declare<AdministratorInputs>({
  type: "kluster-provider:kubernetes:TrustInPods",
  outputs: {},
  secretInputs: ["privateKey", "authority"],
});

export interface RemovedApisArgs extends AdministratorInputs {
  /** The master's evaluated system, whose Kubernetes is the one to come. */
  storePath: string;
}

export interface RemovedApisInputs extends RemovedApisArgs {
  /** Filled in by check, as "1.36"; absent where it is not known. */
  minor?: string;
}

export const REMOVED_APIS = declare<RemovedApisInputs, object, RemovedApisArgs>({
  type: "kluster-provider:kubernetes:RemovedApis",
  outputs: {},
  secretInputs: ["privateKey", "authority"],
});

/** The login is the master's. */
export interface LabelsAndTaintsInputs extends LoginInputs, LabelsAndTaints {
  /** Its name. */
  node: string;
  /** The very machine that it is. */
  identity: string;
  /** Likewise of the master: the API of another knows of no labels. */
  master: string;
}

export const LABELS_AND_TAINTS = declare<LabelsAndTaintsInputs>({
  type: "kluster-provider:kubernetes:LabelsAndTaints",
  outputs: {},
  secretInputs: ["privateKey"],
});
