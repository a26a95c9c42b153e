import { appendFileSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { VERSION } from "./answer";
import { logFolder } from "./registry";
import { VirtualMachine } from "./state";

/** Logs of earlier runs that are kept: VBox.log.1 is the newest of them. */
const HISTORY = 3;

/** Begins a new VBox.log, as every start of a VM does. */
export function beginLog(machine: VirtualMachine, now: Date): void {
  const file = join(logFolder(machine), "VBox.log");
  mkdirSync(logFolder(machine), { recursive: true });
  for (let age = HISTORY; age > 0; age--) {
    const from = age === 1 ? file : `${file}.${age - 1}`;
    if (existsSync(from)) renameSync(from, `${file}.${age}`);
  }
  const { memory, cpus, firmware, boot } = machine.settings;
  log(
    machine,
    now,
    `VirtualBox VM ${VERSION.replace("_Debianr", " r")} linux.amd64 (rehearsal lab's stand-in) release log`,
  );
  log(machine, now, `Guest OS type: '${machine.osType}'`);
  log(machine, now, `GUI/VM: ${machine.name} {${machine.uuid}}`);
  log(machine, now, `RamSize=${memory} MB NumCPUs=${cpus} Firmware=${firmware} BootOrder=${boot.join(",")}`);
}

/** Adds a line to VBox.log. */
export function log(machine: VirtualMachine, now: Date, text: string): void {
  mkdirSync(logFolder(machine), { recursive: true });
  appendFileSync(join(logFolder(machine), "VBox.log"), `${now.toISOString()} ${text}\n`);
}
