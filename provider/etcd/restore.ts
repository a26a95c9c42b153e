import { Readable } from "node:stream";
import { encryptionConfig } from "../kubernetes/encryption";
import { Scripts } from "../nixos/scripts";
import { Session } from "../ssh";
import { SnapshotHeader } from "./snapshot-file";

/** A snapshot of 2 GB goes through 10 MBit/s in half an hour. */
const UPLOAD_TIMEOUT = 1_800_000;
/** Restoring 2 GB, and twice what the script gives etcd and the API server: there, and back. */
const RESTORE_TIMEOUT = 900_000;
const FINISH_TIMEOUT = 240_000;

/** Reached over SSH. */
interface Master {
  scripts: Scripts;
  session: Session;
  onLine: (line: string) => void;
}

/**
 * Puts a snapshot in the place of what etcd holds on a machine; where etcd or the API server do not come up with it, all is
 * as before.
 * @param keys those of Secrets at present, the first of which is written with. Where the snapshot's are others, the API
 *   server reads with both until {@link finishRestore}.
 * @returns where on the machine that is which etcd held before
 */
export async function restoreSnapshot(
  { scripts, session, onLine }: Master,
  { header, database }: { header: SnapshotHeader; database: Readable },
  keys: readonly string[],
): Promise<string> {
  const run = (verb: string, stdin: Readable | string, timeout: number) =>
    scripts.run(session, "etcd-restore.sh", [verb], { stdin, timeout, onLine });
  // It fails where the snapshot is not whole, and what came of it is overwritten by the next.
  await run("upload", database, UPLOAD_TIMEOUT);
  const said = await run("restore", `${readingBoth(header.encryptionKeys, keys)}\n`, RESTORE_TIMEOUT);
  return /^kept (.*)$/m.exec(said)?.[1] ?? "";
}

/** Gives the API server back what it reads Secrets with, when all of them are written anew. */
export async function finishRestore({ scripts, session, onLine }: Master): Promise<void> {
  await scripts.run(session, "etcd-restore.sh", ["finish"], { timeout: FINISH_TIMEOUT, onLine });
}

/** By the key of the present and those of the snapshot; "" where that is the same key. */
export function readingBoth(snapshots: readonly string[], keys: readonly string[]): string {
  const [now] = keys;
  if (snapshots.every((key) => key === now)) return "";
  return encryptionConfig([...new Set([now, ...snapshots])]).trim();
}
