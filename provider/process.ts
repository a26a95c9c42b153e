import { spawn } from "node:child_process";
import { PassThrough, Readable } from "node:stream";
import { childEnvironment } from "./child-environment";

/** What a finished process left behind. `code` is null when a signal ended it. */
export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Text for the process's standard input; secrets travel here, never in `args`. */
  stdin?: string | Buffer;
  /** Added to what programs get of this process's environment: see {@link childEnvironment}. */
  env?: Record<string, string>;
  cwd?: string;
  /** Milliseconds after which the process is killed and the call rejects with {@link ProcessTimeout}. */
  timeout?: number;
  /** Kills the process when aborted. */
  signal?: AbortSignal;
  /** Called for each whole line as it comes. */
  onLine?: (line: string, stream: "stdout" | "stderr") => void;
}

/**
 * Runs a command to its end, whatever its exit code; rejects only when it could not be started or ran out of
 * time. The one way by which everything here reaches other programs, so that tests can put their own in its place.
 */
export type Run = (command: string, args: string[], options?: RunOptions) => Promise<Finished>;

/** A process was killed because it ran longer than its time limit. */
export class ProcessTimeout extends Error {
  constructor(command: string, args: string[], timeout: number) {
    super(`${[command, ...args].join(" ")} was stopped: it ran longer than ${timeout / 1000} s`);
  }
}

export const run: Run = (command, args, options = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...childEnvironment(process.env), ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      signal: options.signal,
    });
    let timedOut = false;
    const timer =
      options.timeout === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            child.kill("SIGKILL");
          }, options.timeout);
    const output = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      let rest = "";
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        output[stream] += text;
        if (!options.onLine) return;
        const lines = (rest + text).split(/\r?\n|\r/);
        rest = lines.pop()!;
        for (const line of lines) options.onLine(line, stream);
      });
    }
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    // "exit" and not "close": a daemon that the command left behind may hold the pipes open for ever. What it
    // wrote before its end is given a moment to arrive.
    child.on("exit", (code) => {
      clearTimeout(timer);
      const settle = () =>
        timedOut ? reject(new ProcessTimeout(command, args, options.timeout!)) : resolve({ code, ...output });
      const patience = setTimeout(settle, 500);
      child.on("close", () => {
        clearTimeout(patience);
        settle();
      });
    });
    child.stdin.on("error", () => {}); // the command may end without reading its input
    child.stdin.end(options.stdin);
  });

/**
 * Starts a command whose output is too large for memory, and gives that output as a stream. The stream ends when the
 * command has ended well, and fails where it has not, so that half of something is never taken for the whole.
 * Destroying the stream kills the command.
 */
export type Open = (command: string, args: string[]) => Readable;

export const open: Open = (command, args) => {
  const child = spawn(command, args, {
    env: childEnvironment(process.env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = new PassThrough({
    destroy(error, done) {
      child.kill("SIGKILL");
      done(error);
    },
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdout.pipe(output, { end: false });
  child.on("error", (error) => output.destroy(error));
  child.on("close", (code, signal) => {
    if (code === 0) output.end();
    else output.destroy(new Error(`${command} ended with ${code ?? signal}: ${stderr.trim()}`));
  });
  return output;
};
