import * as pulumi from "@pulumi/pulumi";
import { EncryptionKey, EtcdSnapshot, Evaluation, KeyPair, SnapshotKey } from "../provider/sdk";
import { ClusterSettings } from "../settings/cluster";
import { logicalName } from "./logical-name";
import { Machine } from "./machine";

export interface EtcdSnapshotsArgs {
  settings: ClusterSettings;
  machines: Record<string, Machine>;
  operator: KeyPair;
  evaluation: Evaluation;
  key: SnapshotKey;
  encryption: EncryptionKey;
}

/** What opens the stack's snapshots of etcd. It comes before any machine: see provider/resources/etcd-snapshots.ts. */
export const snapshotKey = (
  { snapshots }: ClusterSettings,
  opts: pulumi.CustomResourceOptions,
): SnapshotKey =>
  new SnapshotKey(
    logicalName({ role: "snapshot-key" }),
    { beforeReplacement: snapshots.beforeReplacement },
    opts,
  );

/**
 * The snapshot of etcd before the master changes, or a key. It is not deletedWith the machine: with another machine in
 * its place it is the last that the old one is asked for.
 */
export function etcdSnapshot(args: EtcdSnapshotsArgs, opts: pulumi.CustomResourceOptions): EtcdSnapshot {
  const { settings, machines, operator, evaluation, key, encryption } = args;
  const { master, rotate, snapshots } = settings;
  const { identity, address, hostKey } = machines[master];
  const { folder, keep, days, s3 } = snapshots;
  return new EtcdSnapshot(
    logicalName({ role: "etcd-snapshot" }),
    {
      ...{ identity, machine: master, address, hostKey, privateKey: operator.privateKey },
      ...{
        folder,
        keep,
        days,
        ...(s3 && { s3 }),
        recipients: [key.recipient],
        encryptionKeys: encryption.withEarlier,
      },
      occasion: { system: evaluation.systems.apply((systems) => systems[master].storePath), ...rotate },
    },
    { ...opts, deleteBeforeReplace: true },
  );
}
