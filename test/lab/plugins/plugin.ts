import { ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { buildSync } from "esbuild";
import { checkoutFolder } from "../../../lab/machine/folders";

const checkout = checkoutFolder();

// Starting plugins and the SDK takes seconds on a box that is busy with other tests.
jest.setTimeout(180_000);

/** One of lab/plugins as setup/build makes it; gives the bundle's path. */
export function bundled(name: string): string {
  const outfile = join(checkout, "build", "test", `plugin-${name}-${process.pid}.js`);
  buildSync({
    entryPoints: [join(checkout, "lab", "plugins", name, "main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    external: ["*.node", "cpu-features"],
  });
  return outfile;
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
      child.kill("SIGKILL");
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
