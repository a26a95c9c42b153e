import type { Server } from "node:http";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { Api } from "./api";
import { httpServer, metadataServer } from "./http";
import { noHardware, ServerHardware } from "./server-hardware";
import { Store } from "./store";

const USAGE = `usage: hetzner.js --state DIR --port N [--host ADDRESS] [--token T] [--pace FACTOR] [--bare]
  --state   folder for state.json and faults.json
  --token   the only one that is let in; any of 64 characters without it
  --pace    how long actions take, as a factor of the lab's usual times; 1 without it
  --bare    no machines behind the servers, and no metadata service; else KLUSTER_LAB_STATE names the lab`;

/** Where a server's metadata service answers. */
const METADATA = { host: "169.254.169.254", port: 80 };

interface Options {
  state: string;
  host: string;
  port: number;
  token?: string;
  pace: number;
  bare: boolean;
}

/**
 * The Hetzner stand-in as a program: serves until it is killed, and says where once it does.
 * @param hardwareIn makes the machines of the lab whose state folder it gets
 */
export async function main(hardwareIn: (lab: string) => Promise<ServerHardware>): Promise<void> {
  const options = readOptions();
  const store = new Store(options.state);
  const api = new Api({
    store,
    hardware: options.bare ? bareHardware(store) : await hardwareIn(labFolder()),
    token: options.token,
    pace: options.pace,
  });
  await api.open();
  if (!options.bare) await listening(metadataServer(api.cloud), METADATA.port, METADATA.host);
  await listening(httpServer(api), options.port, options.host);
  process.stdout.write(`http://${options.host}:${options.port}/v1\n`);
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      state: { type: "string" },
      port: { type: "string" },
      host: { type: "string", default: "127.0.0.1" },
      token: { type: "string" },
      pace: { type: "string", default: "1" },
      bare: { type: "boolean", default: false },
    },
  });
  const [port, pace] = [Number(values.port), Number(values.pace)];
  if (!values.state || !Number.isInteger(port) || !(pace >= 0)) throw new Error(USAGE);
  return {
    state: resolve(values.state),
    host: values.host,
    port,
    token: values.token,
    pace,
    bare: values.bare,
  };
}

/** Servers that were on stay on when the program starts again. */
const bareHardware = (store: Store): ServerHardware =>
  noHardware(
    store
      .read()
      .servers.filter(({ status }) => status === "running")
      .map(({ id }) => id),
  );

function labFolder(): string {
  const folder = process.env.KLUSTER_LAB_STATE;
  if (!folder)
    throw new Error(
      "KLUSTER_LAB_STATE is not set: servers are machines of a rehearsal lab, or none with --bare",
    );
  return folder;
}

const listening = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((ready, reject) => {
    server.once("error", reject);
    server.listen(port, host, ready);
  });

/** Runs the program; what stops it from serving ends it with exit code 70. */
export function runProgram(hardwareIn: (lab: string) => Promise<ServerHardware>): void {
  const fail = (reason: string) => {
    process.stderr.write(`hetzner (rehearsal lab): ${reason}\n`);
    process.exitCode = 70;
  };
  // Comes only when nothing is left to wait for, which a server that listens never lets happen.
  process.once("beforeExit", () => {
    if (process.exitCode === undefined) fail("the lab's machines never got ready");
  });
  main(hardwareIn).catch((error: Error) => fail(error.message));
}
