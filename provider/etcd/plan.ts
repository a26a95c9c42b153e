import { type BucketOptions } from "../s3/bucket";
import { type S3Target } from "../s3/exchange";
import { SnapshotBucket } from "./bucket";
import { SnapshotFolder } from "./folder";
import { type Retention } from "./retention";

/** Where snapshots of a stack lie, for how long, and what they hold beside etcd's own file. */
export interface SnapshotPlan extends Retention {
  /** Absolute path of a folder on the operator's box. */
  folder: string;
  /** Keys that can open them (age1…); by the first of them they are known. */
  recipients: string[];
  /** Name of the master. */
  machine: string;
  /** See SnapshotHeader. */
  encryptionKeys: string[];
  /** Where each is kept as well; see copy.ts. */
  s3?: S3Target;
}

/** The folder of a plan. */
export const folderOf = ({ folder, recipients }: SnapshotPlan): SnapshotFolder =>
  new SnapshotFolder(folder, recipients[0]);

/** Its bucket; undefined where it has none. */
export const bucketOf = (
  { s3, recipients }: SnapshotPlan,
  options?: BucketOptions,
): SnapshotBucket | undefined => s3 && new SnapshotBucket(s3, recipients[0], options);
