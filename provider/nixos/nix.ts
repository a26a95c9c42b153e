import { Run } from "../process";

/** A Nix command failed; the message is Nix's own last words, which name file and line. */
export class NixError extends Error {}

/** Keeps what a user can act on of Nix's stderr: its errors, without the log lines before them. */
export function nixErrorText(stderr: string): string {
  const lines = stderr.trim().split("\n");
  const first = lines.findIndex((line) => /^\s*error:/.test(line));
  return (first < 0 ? lines.slice(-20) : lines.slice(first)).join("\n").trim();
}

/**
 * Makes sure that Nix is there and new enough for the pinned nixpkgs, before anything is started.
 * @param minimum such as "2.18"; the nixpkgs pin states it
 * @throws NixError that says what to install
 */
export async function requireNix(run: Run, minimum: string): Promise<void> {
  const finished = await run("nix-instantiate", ["--version"], { timeout: 30_000 }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      throw new NixError(
        `Nix is not on PATH, but kluster evaluates and builds NixOS with it. Install Nix ${minimum} or newer (https://nixos.org/download) and run again.`,
      );
    },
  );
  const version = /(\d+(?:\.\d+)+)/.exec(finished.stdout)?.[1];
  if (finished.code !== 0 || !version) {
    throw new NixError(`nix-instantiate --version failed: ${(finished.stderr || finished.stdout).trim()}`);
  }
  if (!isAtLeast(version, minimum)) {
    throw new NixError(
      `Nix ${version} is too old for the pinned nixpkgs, which needs ${minimum} or newer. Upgrade Nix, or pin an older nixpkgs with kluster:nixpkgs.`,
    );
  }
}

/** Compares dotted version numbers part by part. */
export function isAtLeast(version: string, minimum: string): boolean {
  const [have, want] = [version, minimum].map((text) => text.split(".").map(Number));
  for (let i = 0; i < want.length; i++) {
    if ((have[i] ?? 0) !== want[i]) return (have[i] ?? 0) > want[i];
  }
  return true;
}
