import { type Section } from "./section";

/** What machines shall go back to, by host: {@link PREVIOUS}, or how the hash in a system's store path begins. */
export type Rollbacks = Record<string, string>;

/** The system that ran before the one that runs when it is asked for. */
export const PREVIOUS = "previous";

const KEY = "rollback";
/** Nix writes hashes with 32 of these letters; seven of them are enough to tell a machine's systems apart. */
const HASH = /^(?:\/nix\/store\/)?([0-9abcdfghijklmnpqrsvwxyz]{7,32})(?:-[A-Za-z0-9+._?=-]+)?$/;
const ALLOWED = `${PREVIOUS}, or a store path or the first seven or more letters of its hash, as \`npm run generations\` shows them`;

/**
 * Reads which machines are to go back to an earlier system, and reports what is wrong with that.
 * @param hosts of the inventory; none where it could not be read, which has been reported
 */
export function readRollbacks(section: Section, hosts: readonly string[]): Rollbacks {
  if (section.raw(KEY) === PREVIOUS) return Object.fromEntries(hosts.map((host) => [host, PREVIOUS]));
  const table = section.table(KEY, `${PREVIOUS} for all machines, or a table by host of ${ALLOWED}`);
  if (!table || hosts.length === 0) return {};
  table.onlyKnown(hosts);
  const rollbacks: Rollbacks = {};
  for (const host of hosts) {
    const written = table.raw(host);
    if (written === undefined) continue;
    const hash = typeof written === "string" ? HASH.exec(written)?.[1] : undefined;
    if (written === PREVIOUS) rollbacks[host] = PREVIOUS;
    else if (hash !== undefined) rollbacks[host] = hash;
    else {
      table.refuse(host, {
        what:
          typeof written === "number" || /^\d+$/.test(written as string)
            ? "a number, by which each machine counts for itself; the state knows systems by their store paths"
            : "no word for an earlier system",
        allowed: ALLOWED,
        next: `npm run generations -- ${host}, or ${table.set(host, PREVIOUS)}`,
      });
    }
  }
  return rollbacks;
}
