import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { foreignVariables, Layout, labEnvironment } from "./layout";
import { findInit, labNamespaces } from "./namespaces";

/** The lab is not running, so nothing can be done in it. */
export class LabIsDown extends Error {
  constructor() {
    super("the lab is down; `lab/lab up` starts it");
  }
}

/**
 * Arguments of `setpriv` that run a command in the lab. Each process on the way dies with the one before, so that
 * nothing runs on when this launcher is killed.
 */
export function enterArguments(init: number, cwd: string, command: string[]): string[] {
  const dieWithParent = ["--pdeathsig", "TERM", "--"];
  const enter = init === 1 ? [] : ["nsenter", "--target", `${init}`, ...labNamespaces, `--wd=${cwd}`, "--"];
  return [...dieWithParent, ...enter, "setpriv", ...dieWithParent, ...command];
}

/**
 * Runs a command inside the lab with this process's terminal or pipes.
 * @returns its exit code, 128 + N when signal N ended it
 * @throws LabIsDown
 */
export async function runInside(lab: Layout, command: string[]): Promise<number> {
  const init = findInit(lab.state);
  if (init === undefined) throw new LabIsDown();
  const environment: NodeJS.ProcessEnv = { ...process.env, ...labEnvironment(lab, process.env.PATH ?? "") };
  for (const name of foreignVariables) delete environment[name];
  const child = spawn("setpriv", enterArguments(init, process.cwd(), command), {
    stdio: "inherit",
    env: environment,
  });
  // The terminal sends its signals to the whole group, this process and the command alike.
  const own = hasTerminal() ? ["SIGTERM"] : ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"];
  for (const signal of ["SIGINT", "SIGQUIT", "SIGHUP", "SIGTERM", "SIGUSR1", "SIGUSR2"] as const)
    process.on(signal, () => {
      if (own.includes(signal) || signal.startsWith("SIGUSR")) forward(child.pid!, signal);
    });
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
  });
}

/** Passes a signal on to the command: nsenter's child where there is one, for nsenter itself passes none on. */
function forward(pid: number, signal: NodeJS.Signals): void {
  const target = argumentZero(pid) === "nsenter" ? child(pid) : pid;
  if (target !== undefined) process.kill(target, signal);
}

function argumentZero(pid: number): string {
  return existsSync(`/proc/${pid}/cmdline`)
    ? readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0]
    : "";
}

function child(pid: number): number | undefined {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim().split(" "),
  );
  return children[0] ? Number(children[0]) : undefined;
}

/** Whether this process has a controlling terminal: field 7 of its stat. */
function hasTerminal(): boolean {
  const stat = readFileSync("/proc/self/stat", "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[4] !== "0";
}
