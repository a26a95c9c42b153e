import { ChildProcess, execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { checkoutFolder } from "../../../lab/machine/folders";

const checkout = checkoutFolder();

// Starting plugins and the SDK takes seconds on a box that is busy with other tests.
jest.setTimeout(120_000);

/** One of lab/plugins as it is used; gives the bundle's path. */
export function bundled(name: string): string {
  execFileSync(join(checkout, "setup", "build"), ["plugins"]);
  return join(checkout, "build", "lab", "plugins", `${name}.js`);
}

/** A plugin that runs, as Pulumi's engine starts it. */
export interface Started {
  process: ChildProcess;
  address: string;
  /** All that it printed after its port. */
  stdout(): string;
  stderr(): string;
  ended: Promise<void>;
  stop(): Promise<void>;
}

export async function startPlugin(
  command: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Started> {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const text = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].setEncoding("utf8").on("data", (data: string) => (text[stream] += data));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const port = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => reject(new Error(`the plugin ended: ${text.stderr}`)));
    child.stdout.on("data", () => text.stdout.includes("\n") && resolve(text.stdout.split("\n")[0]));
  });
  return {
    process: child,
    address: `127.0.0.1:${port}`,
    stdout: () => text.stdout.slice(port.length + 1),
    stderr: () => text.stderr,
    ended,
    stop: async () => {
      try {
        process.kill(-child.pid!, "SIGKILL"); // what it started may hold its output open
      } catch {
        // it has ended by itself
      }
      await ended;
    },
  };
}

/** Asks one question of a gRPC client. */
export function ask<Response>(client: grpc.Client, method: string, request: unknown): Promise<Response> {
  return new Promise((resolve, reject) =>
    (client as unknown as Record<string, Function>)[method].call(
      client,
      request,
      (error: Error | null, response: Response) => (error ? reject(error) : resolve(response)),
    ),
  );
}
