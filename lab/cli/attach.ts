import { createReadStream } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { openControl } from "../machine/control";
import { knownMachines } from "./machine-list";

const leaveKey = "\x1d"; // Ctrl-]

/**
 * Shows what a machine's console has shown and, while it is on, lets the user type at it until Ctrl-].
 * To be called inside the lab.
 * @throws Error when there is no machine of that name
 */
export async function attachConsole(state: string, name: string): Promise<void> {
  const machines = await knownMachines(state);
  const machine =
    machines.find((hardware) => hardware.name === name || hardware.uuid === name) ??
    machines.find((hardware) => hardware.name.endsWith(`-${name}`)); // as in the inventory
  if (!machine)
    throw new Error(
      `no machine "${name}" has been powered on in this lab; there ${machines.length === 0 ? "is none yet" : `are ${machines.map((m) => m.name).join(", ")}`}`,
    );
  const log = createReadStream(join(machine.logs, "console.log"));
  log.pipe(process.stdout, { end: false });
  await finished(log);

  const socket = await openControl(state, machine.uuid);
  if (!socket) {
    process.stderr.write(`\r\n${machine.name} is off.\n`);
    return;
  }
  process.stderr.write(`\r\n(at the console of ${machine.name}; Ctrl-] leaves)\r\n`);
  socket.write('{"op":"attach"}\n');
  const { stdin } = process;
  if (stdin.isTTY) stdin.setRawMode(true);
  let acknowledged = false;
  socket.on("data", (bytes) => {
    process.stdout.write(acknowledged ? bytes : bytes.subarray(bytes.indexOf("\n") + 1));
    acknowledged = true;
  });
  stdin.on("data", (keys: Buffer) => {
    const leave = keys.indexOf(leaveKey);
    if (leave < 0) return void socket.write(keys);
    socket.end(keys.subarray(0, leave));
  });
  await new Promise<void>(
    (resolve) => (socket.once("close", () => resolve()), socket.once("error", () => resolve())),
  );
  if (stdin.isTTY) stdin.setRawMode(false);
  stdin.pause();
}
