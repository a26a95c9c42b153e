import { homedir } from "node:os";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { run } from "../../provider/process";
import { Machines } from "../machine/hardware";
import { linuxHostNetwork } from "./host-network";
import { untranslatable } from "./locale";
import { Store } from "./store";
import { vboxmanage } from "./vboxmanage";

/**
 * The VBoxManage stand-in as a program: answers this process's arguments and sets its exit code.
 * @param machinesIn makes the lab machines whose state is under the lab's state folder
 */
export async function main(machinesIn: (stateFolder: string) => Machines): Promise<void> {
  const stateFolder = process.env.KLUSTER_LAB_STATE;
  if (!stateFolder)
    throw new Error(
      "KLUSTER_LAB_STATE is not set: this VBoxManage works inside the rehearsal lab only (lab/lab run -- …)",
    );
  const args = process.argv.slice(2);
  const box = {
    store: new Store(join(stateFolder, "virtualbox")),
    machines: machinesIn(stateFolder),
    network: linuxHostNetwork(run),
    now: () => new Date(),
    uuid: randomUUID,
    home: homedir(),
    folder: process.cwd(),
  };
  const answer = untranslatable(args, process.env) ?? (await vboxmanage(box, args));
  process.stdout.write(answer.stdout);
  process.stderr.write(answer.stderr);
  process.exitCode = answer.exit;
}

/** Runs the program; a fault of the lab itself ends with exit code 70, which VBoxManage never uses. */
export function runProgram(machinesIn: (stateFolder: string) => Machines): void {
  main(machinesIn).catch((error: Error) => {
    process.stderr.write(`VBoxManage (rehearsal lab): ${error.stack ?? error.message}\n`);
    process.exitCode = 70;
  });
}
