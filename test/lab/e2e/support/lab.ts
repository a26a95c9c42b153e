import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Finished, run, RunOptions } from "../../../../provider/process";

/** The checkout under test. */
export const checkout = join(__dirname, "../../../..");
/** The stack that is rehearsed: what kind of machines there are. Set by the test's first line (on-dev.ts, on-hetzner.ts). */
export const stack = process.env.STACK ?? "dev";
/** What these tests keep: logs of what they saw, and the lab. */
export const testState = join(checkout, ".kluster/e2e", stack);
/** A lab of their own, so that one that `make demo` has left up is not touched. */
export const labState = join(testState, "lab");
process.env.KLUSTER_LAB_STATE = labState;
/**
 * A folder for temporary files of their own: what is left there was left by the program, and not by whatever else runs
 * on this box. In the box's own folder for such, so that its path is short enough for a socket's.
 */
export const temporaryFolder = mkdtempSync(join(tmpdir(), "kluster-e2e-"));
process.env.TMPDIR = temporaryFolder;
/** The lab passes on what it was started with; `run` alone would leave most of it out. */
const ours = process.env as Record<string, string>;
/** Every output of every command that was run in the lab, to be searched for secrets. */
export const transcript = join(testState, "transcript.log");

const minute = 60_000;

/** Runs a command in the lab and gives back its end, whatever the exit code. */
export async function inLab(command: string[], options: RunOptions = {}): Promise<Finished> {
  const start = Date.now();
  const finished = await run("lab/lab", ["run", "--", ...command], {
    cwd: checkout,
    timeout: 10 * minute,
    ...options,
    env: { ...ours, ...options.env },
  });
  // What was asked for with --show-secrets is meant to show them.
  const shown = command.includes("--show-secrets") ? "" : finished.stdout + finished.stderr;
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  appendFileSync(transcript, `$ ${command.join(" ")}  # ${seconds} s, ended with ${finished.code}\n${shown}`);
  return finished;
}

/** Like {@link inLab}, but a command that fails fails the test, with what it said. Returns its standard output. */
export async function labOutput(command: string[], options: RunOptions = {}): Promise<string> {
  const finished = await inLab(command, options);
  if (finished.code !== 0) throw failure(command, finished);
  return finished.stdout;
}

/** `lab/lab up`, `down`, … by hand. */
export async function lab(...args: string[]): Promise<string> {
  const finished = await run("lab/lab", args, { cwd: checkout, timeout: 5 * minute, env: ours });
  if (finished.code !== 0) throw failure(["lab/lab", ...args], finished);
  return finished.stdout;
}

export function failure(command: string[], { code, stdout, stderr }: Finished): Error {
  const tail = (text: string) => text.trim().split("\n").slice(-60).join("\n");
  return new Error(`${command.join(" ")} ended with ${code}:\n${tail(stdout)}\n${tail(stderr)}`);
}

/**
 * A lab with nothing in it, whatever an earlier run has left.
 * @param through a command that starts it, such as one that watches what runs in it
 */
export async function freshLab(through: string[] = []): Promise<void> {
  await lab("down");
  rmSync(testState, { recursive: true, force: true });
  mkdirSync(testState, { recursive: true, mode: 0o700 });
  const [command, ...args] = [...through, "lab/lab", "up"];
  const finished = await run(command, args, { cwd: checkout, timeout: 5 * minute, env: ours });
  if (finished.code !== 0) throw failure([command, ...args], finished);
}

/** Takes the lab down with everything in it; what these tests have seen stays in {@link testState}. */
export async function endLab(): Promise<void> {
  await lab("down");
  rmSync(temporaryFolder, { recursive: true, force: true });
}

/** Processes, mounts, loop devices and namespaces of the lab that are on the box, a line each. */
export async function leftovers(): Promise<string> {
  return (await run("demo/leftovers", [], { cwd: checkout, timeout: minute, env: ours })).stdout.trim();
}
