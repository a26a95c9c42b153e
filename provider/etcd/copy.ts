import { join } from "node:path";
import { type Clock, systemClock } from "../clock";
import { bucketOf, folderOf, type SnapshotPlan } from "./plan";
import { type Dated, expired, type Retention } from "./retention";

/** Milliseconds for all of it: 2 GB go through 10 MBit/s in half an hour. */
const DEADLINE = 1_800_000;

type Sized = Dated & { size: number };

/**
 * What makes a bucket have what the folder has, by names. Both are counted as one, so that nothing is uploaded only to be
 * deleted again.
 * @param here what is in the folder
 * @param there what of ours is in the bucket
 */
export function copying(
  here: readonly Sized[],
  there: readonly Sized[],
  retention: Retention,
  now: number,
): { upload: string[]; remove: string[] } {
  const sizes = new Map(there.map(({ name, size }) => [name, size]));
  const all = [...there, ...here.filter(({ name }) => !sizes.has(name))];
  const gone = new Set(expired(all, retention, now));
  const missing = here.filter(({ name, size }) => sizes.get(name) !== size && !gone.has(name));
  return {
    upload: missing.sort((a, b) => b.time - a.time).map(({ name }) => name),
    remove: there.map(({ name }) => name).filter((name) => gone.has(name)),
  };
}

/**
 * Uploads what of the folder is not in the plan's bucket, the newest first, and deletes there what of ours has had its time.
 * @param now milliseconds
 * @returns the bucket as messages name it; undefined where there is none
 * @throws Error that says what of it was not done, and why
 */
export async function copySnapshots(
  plan: SnapshotPlan,
  now: number,
  { clock = systemClock, signal, onFile }: CopyOptions = {},
): Promise<string | undefined> {
  const deadline = AbortSignal.timeout(DEADLINE);
  const either = signal ? AbortSignal.any([signal, deadline]) : deadline;
  const bucket = bucketOf(plan, { clock, signal: either });
  if (!bucket) return undefined;
  let isDone = false;
  try {
    const { upload, remove } = copying(await folderOf(plan).list(), await bucket.list(), plan, now);
    for (const name of upload) {
      onFile?.(`uploading ${name} to ${bucket.name}`);
      await bucket.upload(name, join(plan.folder, name));
    }
    isDone = true;
    for (const name of remove) await bucket.remove(name);
    return bucket.name;
  } catch (error) {
    const why = deadline.aborted
      ? `${bucket.name}: not done after ${DEADLINE / 60_000} minutes`
      : (error as Error).message;
    throw new Error(
      isDone
        ? `what has had its time could not be deleted there: ${why}`
        : `the copy in S3 failed, and the next one uploads what is missing: ${why}`,
    );
  }
}

export interface CopyOptions {
  clock?: Clock;
  signal?: AbortSignal;
  /** Told of each that is uploaded. */
  onFile?: (message: string) => void;
}
