import { Finished } from "../process";

/**
 * Gigabytes that Nix needs to evaluate so many NixOS systems in one process. Each has its own set of packages, so it grows with
 * their number. The numbers are those by which colmena divides hosts among evaluations (src/nix/deployment/limits.rs).
 */
export const evaluationMemory = (systems: number): number => 1 + 0.5 * systems;

/** Whether Nix's end looks like one for want of memory: the kernel ends a process by a signal, and Nix itself says it. */
export const hasRunOutOfMemory = ({ code, stderr }: Finished): boolean =>
  code === null || /^\s*error: out of memory\s*$/m.test(stderr);

/** What to say of that, and to do about it. */
export function outOfMemory(systems: number): string {
  const what = systems === 1 ? "one machine's system" : `the systems of ${systems} machines`;
  return (
    `Nix was ended before it was done, most likely because this box has no memory left: to evaluate ${what} it takes ` +
    `about ${evaluationMemory(systems)} GB. Free some, or add swap, and run this again`
  );
}
