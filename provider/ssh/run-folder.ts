import { lstatSync, mkdtempSync, readdirSync, rmdirSync, statSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const prefix = "kluster-ssh-";
/** Name of the agent's socket in a run folder. */
export const socketName = "agent.sock";

/** All that a run writes into its folder: the socket, and the files of environment.ts. */
const ownName = /^(agent\.sock|(known-hosts|identity)-[0-9a-f]{16}(\.new)?)$/;

/** What NIX_SSHOPTS, ssh's own % and ${} expansion and every shell leave alone. */
const harmlessPath = /^[A-Za-z0-9_/.,:+@=-]+$/;
/** The address of a unix socket holds 104 bytes on macOS, 108 on Linux. */
const longestSocketPath = 103;

/**
 * Makes the folder (mode 0700) for one run of the program: agent socket, public keys, known hosts; never a private
 * key. It goes when the process exits. What a killed run left is removed by the next one.
 *
 * @throws Error when no folder for temporary files has a name that ssh and nix can take
 */
export function makeRunFolder(candidates = [process.env.XDG_RUNTIME_DIR, tmpdir(), "/tmp"]): string {
  const problems: string[] = [];
  for (const base of candidates) {
    if (!base) continue;
    if (!harmlessPath.test(base)) {
      problems.push(`${base}: only letters, digits and _ / . , : + @ = - are allowed in the path`);
    } else if (join(base, `${prefix}XXXXXX`, socketName).length > longestSocketPath) {
      problems.push(`${base}: the path is too long for a socket`);
    } else {
      try {
        if (!keepsWhatIsInIt(base)) {
          problems.push(`${base}: another user could swap what is in it`);
          continue;
        }
        const folder = mkdtempSync(join(base, prefix));
        if (ours.size === 0) process.once("exit", removeOurs);
        ours.add(folder);
        void removeLeftovers(base);
        return folder;
      } catch (error) {
        problems.push(`${base}: ${(error as Error).message}`);
      }
    }
  }
  throw new Error(`There is no place for the SSH agent's socket. Set TMPDIR to one. ${problems.join("; ")}`);
}

/**
 * Whether a folder in it stays what it is: only its owner, who is we or root, can rename what is in it, or the folder
 * is sticky as /tmp is. A caller of sudo can leave his own XDG_RUNTIME_DIR in root's environment.
 */
function keepsWhatIsInIt(base: string): boolean {
  const { uid, mode } = statSync(base);
  return [0, process.getuid!()].includes(uid) && ((mode & 0o022) === 0 || (mode & 0o1000) !== 0);
}

/** Folders of this process that are still there. */
const ours = new Set<string>();
function removeOurs(): void {
  for (const folder of ours) removeByName(folder);
}

/** Removes a folder that makeRunFolder has made. What no run writes stays there, and the folder with it. */
export function removeRunFolder(folder: string): void {
  removeByName(folder);
  ours.delete(folder);
  if (ours.size === 0) process.removeListener("exit", removeOurs);
}

/** By name and never down into anything: a link in it goes, and what the link leads to stays. */
function removeByName(folder: string): void {
  try {
    for (const name of readdirSync(folder)) if (ownName.test(name)) unlinkSync(join(folder, name));
    rmdirSync(folder);
  } catch {
    // it is gone already, or holds what no run has written
  }
}

/**
 * Removes run folders of this user whose agent does not answer any more. Every user can write to such a `base` as /tmp,
 * and whoever owns a folder can swap what is in it for a link at any moment: a folder that is not ours, or that others
 * can write to, is left alone.
 */
export async function removeLeftovers(base: string): Promise<void> {
  for (const name of namesIn(base)) {
    if (!name.startsWith(prefix)) continue;
    const folder = join(base, name);
    try {
      const stat = lstatSync(folder);
      if (!stat.isDirectory() || stat.uid !== process.getuid!() || (stat.mode & 0o077) !== 0) continue;
      // A younger one may be about to start its agent.
      if (Date.now() - stat.mtimeMs < 60_000) continue;
      if (await nobodyListens(join(folder, socketName))) removeByName(folder);
    } catch {
      continue; // another run has removed it this very moment
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // we may make folders there, but not list them
  }
}

function nobodyListens(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.unref();
    probe.once("connect", () => {
      probe.destroy();
      resolve(false);
    });
    probe.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code === "ECONNREFUSED" || error.code === "ENOENT"),
    );
  });
}
