import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { startDaemon } from "../machine/daemon";
import { Layout, labEnvironment } from "./layout";
import { labNamespaces, Process, processes } from "./namespaces";

/** Where the stand-in for Hetzner's API listens: on the lab's own loopback, which its machines do not reach. */
const port = 8470;
export const hetznerEndpoint = `http://127.0.0.1:${port}/v1`;

/** What the project at the stand-in holds, and what that costs a month; to be called inside the lab. */
export async function holdings(): Promise<string> {
  const answer = await fetch(new URL("/_holdings?format=text", hetznerEndpoint), {
    signal: AbortSignal.timeout(10_000),
  }).catch((error: Error) => {
    throw new Error(`the stand-in for Hetzner's API does not answer at ${hetznerEndpoint}: ${error.message}`);
  });
  return await answer.text();
}

/** The address that servers see the operator come from. */
export const operatorAccess = ["198.51.100.1/32"];

/** Milliseconds that the API may take to start. */
const startLimit = 20_000;

/** Whether this is the lab's stand-in for Hetzner's API, or what started it. */
export function isHetzner({ arguments: words }: Process, state: string): boolean {
  const program = words.findIndex((word) => basename(word) === "hetzner.js");
  return program > 0 && words[program + 2] === stateFolder(state);
}

const stateFolder = (state: string) => join(state, "hetzner");

/**
 * Starts the API in a lab that is up; nothing to do when it runs. What it knows is in the lab's state, so one that was
 * killed goes on where it was.
 * @param init PID of the lab's init as seen from here
 * @returns whether it was started
 */
export async function startHetzner(lab: Layout, init: number): Promise<boolean> {
  if (processes().some((process) => isHetzner(process, lab.state))) return false;
  await mkdir(stateFolder(lab.state), { recursive: true });
  const program = join(lab.checkout, "build", "lab", "hetzner.js");
  const serve = [process.execPath, program, "--state", stateFolder(lab.state), "--port", `${port}`];
  const enter = init === 1 ? [] : ["nsenter", "--target", `${init}`, ...labNamespaces, "--"];
  const [command, ...args] = [...enter, ...serve];
  await startDaemon(
    {
      command,
      args,
      logFile: join(lab.state, "hetzner.log"),
      env: { ...process.env, ...labEnvironment(lab, process.env.PATH ?? "") },
      limit: startLimit,
      what: "the stand-in for Hetzner's API",
    },
    hetznerEndpoint,
  );
  return true;
}
