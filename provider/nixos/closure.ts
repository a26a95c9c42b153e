import { Run } from "../process";

/** Comparing two closures asks for the size of each path: seconds on a slow disk. */
const DIFF_TIMEOUT = 120_000;
/** A new nixpkgs changes everything. */
const SHOWN = 40;

/**
 * What differs between the closures of two systems, one package a line: "htop: 3.4.0 → 3.4.1, +12.0 KiB".
 * @returns undefined where this box's Nix has one of them no more, or does not answer
 */
export async function closureDifference(
  run: Run,
  before: string,
  after: string,
): Promise<string | undefined> {
  const args = ["--extra-experimental-features", "nix-command", "store", "diff-closures", before, after];
  // Nobody's change shall fail for what is only told.
  const finished = await run("nix", args, { timeout: DIFF_TIMEOUT }).catch(() => undefined);
  if (finished?.code !== 0) return undefined;
  // Sizes are in colour, whoever reads.
  const lines = finished.stdout
    .replace(/\u001b\[[0-9;]*m/g, "")
    .split("\n")
    .filter(Boolean);
  const more = lines.length > SHOWN ? [`and ${lines.length - SHOWN} more`] : [];
  return [...lines.slice(0, SHOWN), ...more].join("\n");
}
