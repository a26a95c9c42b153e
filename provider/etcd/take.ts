import { PassThrough } from "node:stream";
import { ScriptError, Scripts } from "../nixos/scripts";
import { Session } from "../ssh";
import { SnapshotError } from "./database";
import { folderOf, SnapshotPlan } from "./plan";
import { sealSnapshot } from "./snapshot-file";

/** etcd's part of it; the message is the script's. */
export class NoSnapshot extends Error {}

/** Of the script: there is no etcd that holds anything. */
const NOTHING = 3;
/** etcd allows a database of 2 GB; that comes through 10 MBit/s in half an hour. */
const TIMEOUT = 1_800_000;

/**
 * Takes a snapshot of etcd on a machine into the operator's folder, and deletes those there whose time is over.
 * @param now milliseconds
 * @returns its path; undefined where there is no etcd that holds anything
 * @throws NoSnapshot where the machine could give none; any other error where it could not be kept
 */
export async function takeSnapshot(
  { scripts, session, signal }: { scripts: Scripts; session: Session; signal?: AbortSignal },
  plan: SnapshotPlan,
  reason: string,
  now: number,
): Promise<string | undefined> {
  const { machine, encryptionKeys, recipients } = plan;
  const folder = folderOf(plan);
  const database = new PassThrough().on("error", () => {}); // told by `taking`, or by who reads it
  let failure: unknown;
  const taking = scripts
    .run(session, "etcd-snapshot.sh", [], { stdout: database, timeout: TIMEOUT, signal })
    .then(
      () => void database.end(),
      (error: Error) => {
        failure ??= error;
        database.destroy(error);
      },
    );
  const header = { time: new Date(now).toISOString(), machine, reason, encryptionKeys };
  try {
    const path = await folder.write(await sealSnapshot(header, database, recipients), now);
    await folder.prune(plan, now);
    return path;
  } catch (error) {
    failure ??= error instanceof SnapshotError ? error : undefined;
    const isMachines = failure !== undefined; // a stream that was destroyed says less than why
    database.destroy(new Error("nobody takes the snapshot any more"));
    await taking;
    if (failure instanceof ScriptError && failure.code === NOTHING) return undefined;
    throw isMachines ? new NoSnapshot(messageOf(failure)) : error;
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
