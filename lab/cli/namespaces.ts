import { readdirSync, readFileSync } from "node:fs";

/** First argument of the lab's init, by which it is known. */
export const initMark = "kluster-lab";

/** The namespaces that make a lab, as nsenter's options. */
export const labNamespaces = ["--mount", "--net", "--pid", "--ipc", "--uts"];

/** A process and its arguments. */
export interface Process {
  pid: number;
  arguments: string[];
}

/** All processes that this one can see, without those that have ended. */
export function processes(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), arguments: argumentsOf(name) }))
    .filter((process) => process.arguments.length > 0);
}

function argumentsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  } catch {
    return []; // it has ended
  }
}

/** Whether this is the init of some lab, rather than the `unshare` that started it. */
export function isAnyInit({ arguments: words }: Process): boolean {
  return words[0] === "/bin/bash" && words.indexOf(initMark) === 2;
}

/** Whether this is the init of the lab with that state folder. */
export function isInit(process: Process, state: string): boolean {
  return isAnyInit(process) && process.arguments[3] === state;
}

/** PID of the lab's init as seen from here: 1 inside the lab; undefined when the lab is down. */
export function findInit(state: string): number | undefined {
  return processes().find((process) => isInit(process, state))?.pid;
}
