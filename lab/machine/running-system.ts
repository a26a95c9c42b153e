import { readlink } from "node:fs/promises";
import { basename } from "node:path";

/**
 * The system that a machine has switched to, as it says itself in its /run.
 * @param pid of a process of the machine
 * @returns undefined where the process has ended, or runs what is not NixOS
 */
export async function currentSystem(pid: number): Promise<string | undefined> {
  return await readlink(`/proc/${pid}/root/run/current-system`).catch(() => undefined);
}

/**
 * What a machine does that runs a system, in words.
 * @param booted path of the system that was booted
 * @param current path of the one that runs now, where that is known
 * @param how for the end, such as ", by kexec"
 */
export function runningWords(booted: string, current = booted, how = ""): string {
  const switched = current === booted ? "" : `, booted with ${basename(booted)}`;
  return `running ${basename(current)}${switched}${how}`;
}
