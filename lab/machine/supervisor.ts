/**
 * The process behind one powered-on lab machine: `supervisor.js STATE-FOLDER UUID`. Says "on" on its standard output
 * as soon as the machine is powered, or why it cannot be; then serves requests until the machine is off.
 */
import { readFileSync } from "node:fs";
import { createServer, Server, Socket } from "node:net";
import { run } from "../../provider/process";
import { controlAddress, Reply, Request } from "./control";
import { hardwareFile } from "./folders";
import type { Hardware } from "./hardware";
import { Machine } from "./machine";

async function main(stateFolder: string, uuid: string): Promise<void> {
  const hardware = JSON.parse(readFileSync(hardwareFile(stateFolder, uuid), "utf8")) as Hardware;
  const machine = new Machine(run, stateFolder, hardware, {
    menuSeconds: Number(process.env.KLUSTER_LAB_BOOT_MENU_SECONDS ?? 1),
  });
  let off = Promise.resolve();
  const server = createServer((socket) => serve(machine, socket, () => off));
  try {
    await listen(server, controlAddress(stateFolder, uuid)); // first: of two supervisors only one gets further
    const on = machine.switchOn();
    off = on.then(() => machine.runUntilOff());
    await on;
  } catch (error) {
    off.catch(() => {}); // the same error
    process.stdout.write(`${(error as Error).message.replaceAll("\n", " ")}\n`, () => process.exit(1));
    return;
  }
  process.stdout.write("on\n");
  await off;
  server.close();
  setTimeout(() => process.exit(0), 20); // lets the answer to "powerOff" leave
}

function listen(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new Error("it is powered on already") : error),
    );
    server.listen(address, resolve);
  });
}

function serve(machine: Machine, socket: Socket, off: () => Promise<void>): void {
  socket.on("error", () => {}); // whoever asked may leave
  let text = "";
  const onData = (chunk: Buffer) => {
    text += chunk.toString("utf8");
    const end = text.indexOf("\n");
    if (end < 0) return;
    socket.off("data", onData);
    const request = JSON.parse(text.slice(0, end)) as Request;
    if (request.op === "attach") return attach(machine, socket, text.slice(end + 1));
    void answer(machine, request, off)
      .catch((error): Reply => ({ error: (error as Error).message }))
      .then((reply) => socket.end(JSON.stringify(reply) + "\n"));
  };
  socket.on("data", onData);
}

async function answer(machine: Machine, request: Request, off: () => Promise<void>): Promise<Reply> {
  switch (request.op) {
    case "status":
      return { status: await machine.status() };
    case "powerOff":
      machine.cutPower();
      await off();
      return {};
    case "reset":
      machine.reset();
      return {};
    case "pressPowerButton":
      machine.pressPowerButton();
      return {};
    case "type":
      machine.type(request.text);
      return {};
    case "plug":
      await machine.plug(request.nic);
      return {};
    case "unplug":
      await machine.unplug(request.slot);
      return {};
    case "attach":
      throw new Error("unreachable");
  }
}

function attach(machine: Machine, socket: Socket, typed: string): void {
  socket.write("{}\n");
  const stop = machine.console.watch((bytes) => socket.write(bytes));
  socket.on("close", stop);
  if (typed) machine.type(typed);
  socket.on("data", (keys) => machine.type(keys.toString("utf8")));
}

process.stdout.on("error", () => {}); // whoever switched the machine on has left
main(process.argv[2], process.argv[3]).catch((error) => {
  console.error(error);
  process.exit(1);
});
