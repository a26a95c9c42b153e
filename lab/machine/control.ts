import { createHash } from "node:crypto";
import { connect, Socket } from "node:net";
import type { Nic } from "./hardware";

/** What can be asked of a machine's supervisor: one JSON line a connection, answered by one JSON line. */
export type Request =
  | { op: "status" }
  | { op: "powerOff" }
  | { op: "pressPowerButton" }
  | { op: "reset" }
  | { op: "type"; text: string }
  | { op: "plug"; nic: Nic }
  | { op: "unplug"; slot: number }
  /** After the answer the connection carries the console's bytes, both ways. */
  | { op: "attach" };

export type Reply = { error: string } | { status?: MachineStatus };

export interface MachineStatus {
  /** What the machine is doing, in words. */
  doing: string;
  /** Addresses that its interfaces have now, such as "enp0s8 192.168.56.11/24". */
  addresses: string[];
}

/**
 * Where a machine's supervisor listens: an abstract socket. It belongs to the lab's network namespace, takes any
 * length of state folder, and is gone with the process.
 */
export function controlAddress(stateFolder: string, uuid: string): string {
  const lab = createHash("sha256").update(stateFolder).digest("hex").slice(0, 12);
  return `\0kluster-lab/${lab}/${uuid}`;
}

/** Connects to a machine's supervisor; undefined when there is none, which means that the machine is off. */
export function openControl(stateFolder: string, uuid: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(controlAddress(stateFolder, uuid));
    socket.once("connect", () => resolve(socket));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      ["ECONNREFUSED", "ENOENT"].includes(error.code ?? "") ? resolve(undefined) : reject(error),
    );
  });
}

/**
 * Asks a machine's supervisor.
 * @param deadline milliseconds until the answer must be there
 * @returns undefined when the machine is off, also when it goes off meanwhile
 * @throws Error with the supervisor's own words
 */
export async function ask(
  stateFolder: string,
  uuid: string,
  request: Request,
  deadline = 30_000,
): Promise<{ status?: MachineStatus } | undefined> {
  const socket = await openControl(stateFolder, uuid);
  if (!socket) return undefined;
  return await new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => {
      socket.destroy();
      reject(
        new Error(
          `the supervisor of lab machine ${uuid} did not answer "${request.op}" within ${deadline / 1000} s`,
        ),
      );
    }, deadline);
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => (text += chunk));
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => {
      clearTimeout(timer);
      if (!text.endsWith("\n")) return resolve(undefined);
      const reply = JSON.parse(text) as Reply;
      if ("error" in reply) reject(new Error(reply.error));
      else resolve(reply);
    });
    socket.write(JSON.stringify(request) + "\n");
  });
}
