import { gunzipSync, gzipSync } from "node:zlib";
import { Summary, SUMMARY_VERSION } from "./summary";
import { SecretFile } from "./system";

/** A system that this program has made a machine run, with what it takes to bring it back. */
export interface PastSystem {
  storePath: string;
  /** What it asks for; their values are those of today. */
  secretFiles: SecretFile[];
  /** What it has in itself of the rest of the cluster, by what that is, as hashes: brought back, it would have it still. */
  ties: Ties;
  /** What is in it; see {@link packed}. */
  summary?: string;
}

export type Ties = Record<string, string>;

/** How many systems of a machine can be gone back to, the one that runs included; scripts/commit-system.sh keeps as many. */
export const KEPT = 5;

/** The same history with this system as the latest. */
export function remember(history: readonly PastSystem[], system: PastSystem): PastSystem[] {
  return [system, ...history.filter(({ storePath }) => storePath !== system.storePath)].slice(0, KEPT);
}

/** A system cannot be gone back to; the message says why, and what can be done instead. */
export class RollbackError extends Error {}

/**
 * The system that a machine is to go back to.
 * @param wish "previous", or how the hash of its store path begins
 * @param history latest first: the first of them is the one that the machine was last proved to run
 * @throws RollbackError where the program has not made the machine run such a one, or only longer ago than it remembers
 */
export function choose(machine: string, wish: string, history: readonly PastSystem[]): PastSystem {
  const [, ...earlier] = history;
  const known = earlier.map(({ storePath }) => storePath).join(", ");
  if (wish === "previous") {
    if (earlier.length > 0) return earlier[0];
    throw new RollbackError(
      `${machine} has no earlier system that this program has made it run since it keeps what brings one back. Bring back what the system is made of instead: the module or the nixpkgs of that time.`,
    );
  }
  const meant = history.filter(({ storePath }) => hashOf(storePath).startsWith(wish));
  if (meant.length === 1) return meant[0];
  throw new RollbackError(
    meant.length > 1
      ? `${wish} begins the hashes of more than one system of ${machine}: ${meant.map(({ storePath }) => storePath).join(", ")}. Write more of it.`
      : `${machine} cannot go back to a system whose hash begins with ${wish}: only the last ${KEPT} systems that this program has made it run are kept with what brings them back, and one that was made by hand never is. ${known ? `There are: ${known}` : "There is no earlier one"}.`,
  );
}

/**
 * That an earlier system still fits the cluster around it.
 * @throws RollbackError that names what has become another since
 */
export function requireFit(machine: string, { storePath, ties }: PastSystem, now: Ties): void {
  const others = Object.keys(now).filter((what) => ties[what] !== now[what]);
  if (others.length === 0) return;
  throw new RollbackError(
    `${machine} cannot go back to ${storePath}: what it knows of the cluster is of before a change of ${others.join(", ")}, so the machine would be cut off from it or from you. Bring back what that system was made of instead (the module or the nixpkgs of that time); and take kluster:rollback out for ${machine}.`,
  );
}

/** Letters and digits by which a store path is unique. */
export function hashOf(storePath: string): string {
  return storePath.split("/").at(-1)!.split("-")[0];
}

/** A summary in a fifth of the room: some of them are in the state for each machine. */
export function packed(summary: Summary | undefined): string | undefined {
  return summary && gzipSync(JSON.stringify(summary)).toString("base64");
}

/** @returns undefined where there is none, or one of another version */
export function unpacked({ summary }: PastSystem): Summary | undefined {
  if (!summary) return undefined;
  const found = JSON.parse(gunzipSync(Buffer.from(summary, "base64")).toString()) as Summary;
  return found.version === SUMMARY_VERSION ? found : undefined;
}
