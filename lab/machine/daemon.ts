import { spawn } from "node:child_process";
import { open, readFile } from "node:fs/promises";

export interface Daemon {
  command: string;
  args: string[];
  /** What the process writes to its standard error. */
  logFile: string;
  env?: NodeJS.ProcessEnv;
  /** Milliseconds until it must have said its first line. */
  limit: number;
  /** For error messages, such as "the lab's init". */
  what: string;
}

/**
 * Starts a process that outlives this one and returns as soon as it says that it is ready.
 * @param ready the first line of its standard output when all is well; any other line is the reason why not
 * @throws Error with that reason, with the end of its log where it ended without one, or at the time limit
 */
export async function startDaemon(daemon: Daemon, ready: string): Promise<void> {
  const log = await open(daemon.logFile, "a");
  const { size } = await log.stat();
  const child = spawn(daemon.command, daemon.args, {
    detached: true,
    cwd: "/",
    env: daemon.env,
    stdio: ["ignore", "pipe", log.fd],
  });
  await log.close();
  const line = await new Promise<string>((resolve, reject) => {
    let text = "";
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      child.stdout!.destroy();
      settle();
    };
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      const limit = `${daemon.limit / 1000} s`;
      finish(() =>
        reject(new Error(`${daemon.what} did not say "${ready}" within ${limit}; see ${daemon.logFile}`)),
      );
    }, daemon.limit);
    child.once("error", (error) => finish(() => reject(error)));
    child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.includes("\n")) finish(() => resolve(text.trim()));
    });
    child.stdout!.once("end", () => finish(() => resolve(text.trim())));
  });
  child.unref();
  if (line === ready) return;
  const logged = (await readFile(daemon.logFile))
    .subarray(size)
    .toString("utf8")
    .trim()
    .split("\n")
    .slice(-5);
  throw new Error(`${daemon.what} could not start: ${line || logged.join("\n")}`);
}
