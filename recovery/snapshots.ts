import { createReadStream, existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { SnapshotBucket } from "../provider/etcd/bucket";
import { bucketOf, folderOf, SnapshotPlan } from "../provider/etcd/plan";
import { openSnapshot } from "../provider/etcd/snapshot-file";
import { S3Error } from "../provider/s3/errors";

/** A snapshot, and where it lies. */
export interface Found {
  name: string;
  /** Milliseconds. */
  time: number;
  /** Bytes. */
  size: number;
  /** Absolute, where the folder has it. */
  path?: string;
  /** Where S3 has it: s3://bucket/key. */
  uri?: string;
  /** In words. */
  places: "folder" | "S3" | "folder, S3";
}

type Say = (text: string) => void;

/** Those of folder and S3, the oldest first. Where S3 does not answer, that is said, and those of the folder are all. */
export async function allSnapshots(plan: SnapshotPlan, say: Say): Promise<Found[]> {
  return (await lookedFor(plan, say)).all;
}

/** @returns also where was looked, in words */
async function lookedFor(plan: SnapshotPlan, say: Say): Promise<{ all: Found[]; where: string }> {
  const bucket = bucketOf(plan);
  const here = new Map((await folderOf(plan).list()).map((one) => [one.name, one]));
  const answer = bucket && (await listed(bucket, say));
  const there = new Map(answer?.map((one) => [one.name, one]));
  const all = [...new Map([...there, ...here]).values()].map(({ name, time, size }): Found => {
    const uri = there.has(name) ? bucket?.uriOf(name) : undefined;
    const places = !there.has(name) ? "folder" : here.has(name) ? "folder, S3" : "S3";
    return { name, time, size, path: here.get(name)?.path, uri, places };
  });
  all.sort((a, b) => a.time - b.time);
  return { all, where: answer && bucket ? `${plan.folder} or ${bucket.name}` : plan.folder };
}

async function listed(bucket: SnapshotBucket, say: Say) {
  try {
    return await bucket.list();
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    say(`${error.message}. What follows goes by the folder alone.`);
    return undefined;
  }
}

/** Why a snapshot was taken; of one that S3 alone has only the beginning is downloaded. */
export async function reasonOf(plan: SnapshotPlan, found: Found, identity: string): Promise<string> {
  const read = async (sealed: Parameters<typeof openSnapshot>[0]) => {
    const { header, close } = await openSnapshot(sealed, [identity]);
    close();
    return header.reason;
  };
  const bucket = bucketOf(plan);
  return found.path === undefined && bucket
    ? bucket.download(found.name, read)
    : read(createReadStream(found.path ?? ""));
}

/**
 * The file of a snapshot in the folder; one that S3 alone has is downloaded there, whole or not at all.
 * @param word a file, a name or address of the list, or "latest"
 */
export async function broughtHere(plan: SnapshotPlan, word: string, say: Say): Promise<string> {
  const name = word.startsWith("s3://") ? basename(word) : word;
  const file = [resolve(process.env.INIT_CWD ?? "", word), join(plan.folder, name)].find(
    (path) => word !== "latest" && existsSync(path),
  );
  return file ?? broughtFrom(plan, word, name, say).catch((error: Error) => explain(plan.folder, error));
}

async function broughtFrom(plan: SnapshotPlan, word: string, name: string, say: Say): Promise<string> {
  const { all, where } = await lookedFor(plan, say);
  const found = word === "latest" ? all.at(-1) : all.find((one) => one.name === name);
  if (!found)
    throw new Error(
      word === "latest"
        ? `there is no snapshot of this cluster in ${where}`
        : `there is no file ${word}, nor is it one in ${where}`,
    );
  const bucket = bucketOf(plan);
  if (found.path !== undefined || !bucket) return found.path ?? join(plan.folder, found.name);
  say(`downloading ${found.uri} into ${plan.folder}`);
  return bucket.download(found.name, (sealed) => folderOf(plan).write(sealed, found.time));
}

/** A state that comes from another box names the folder of there. */
function explain(folder: string, error: NodeJS.ErrnoException): never {
  if (!["EACCES", "EPERM", "EROFS", "ENOTDIR"].includes(error.code ?? "")) throw error;
  throw new Error(
    `${folder} cannot be used (${error.message}). It is the folder of the last pulumi up: make it, or run pulumi up here, which takes that of the settings`,
  );
}
