import { lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const prefix = "kluster-ssh-";
/** Name of the agent's socket in a run folder. */
export const socketName = "agent.sock";

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

/** Folders of this process that are still there. */
const ours = new Set<string>();
function removeOurs(): void {
  for (const folder of ours) rmSync(folder, { recursive: true, force: true });
}

/** Removes a folder that makeRunFolder has made, with everything in it. */
export function removeRunFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  ours.delete(folder);
  if (ours.size === 0) process.removeListener("exit", removeOurs);
}

/** Removes run folders whose agent does not answer any more; errors are other people's folders. */
export async function removeLeftovers(base: string): Promise<void> {
  for (const name of readdirSync(base)) {
    if (!name.startsWith(prefix)) continue;
    const folder = join(base, name);
    try {
      // A younger one may be about to start its agent.
      const stat = lstatSync(folder);
      if (!stat.isDirectory() || Date.now() - stat.mtimeMs < 60_000) continue;
      if (await nobodyListens(join(folder, socketName))) rmSync(folder, { recursive: true, force: true });
    } catch {
      continue;
    }
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
