import type { SnapshotPlan } from "../etcd/plan";
import { declare } from "./declare";
import { OnMachineInputs } from "./machine";

export interface SnapshotKeyInputs {
  /** Whether a master is replaced only after a snapshot, or without one, too, where it gives none. */
  beforeReplacement: "required" | "tried";
}

export interface SnapshotKeyOutputs {
  /** What snapshots are encrypted for: age1… */
  recipient: string;
  /** What opens them: AGE-SECRET-KEY-1… */
  identity: string;
}

export const SNAPSHOT_KEY = declare<SnapshotKeyInputs, SnapshotKeyOutputs>({
  type: "kluster-provider:etcd:SnapshotKey",
  outputs: { recipient: "plain", identity: "secret" },
  secretInputs: [],
});

export interface SnapshotInputs extends OnMachineInputs, SnapshotPlan {
  /** What is going to be changed, by names that mean something to the user: with another value there is a snapshot. */
  occasion: Record<string, string>;
}

export const ETCD_SNAPSHOT = declare<SnapshotInputs>({
  type: "kluster-provider:etcd:Snapshot",
  outputs: {},
  secretInputs: ["privateKey", "encryptionKeys", "s3"],
});
