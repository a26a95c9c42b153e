import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Answer, ok, PROGRESS } from "../answer";
import { Box, change, Session } from "../box";
import { comError } from "../com-error";
import { parseOptions } from "../options";
import { findMachine, logFolder, machineFolder, mediumByUuid, usersOf } from "../registry";
import { isActive, isUnlocking } from "../sessions";
import { VirtualMachine } from "../state";
import { syntaxError } from "../syntax";

const CALL =
  "Unregister(fDeleteAll ? CleanupMode_DetachAllReturnHardDisksAndVMRemovable :CleanupMode_DetachAllReturnHardDisksOnly, ComSafeArrayAsOutParam(aMedia))";

/** `unregistervm`: with --delete, its files and the disks that no other VM uses go too; DVD images never do. */
export async function unregistervm(box: Box, args: string[]): Promise<Answer> {
  const options = parseOptions("unregistervm", args, [
    { names: ["--delete", "-delete"], kind: "flag" },
    { names: ["--delete-all", "-delete-all"], kind: "flag" },
  ]);
  const [name, surplus] = options.words;
  if (surplus !== undefined) throw syntaxError("unregistervm", `Invalid parameter '${surplus}'`);
  if (name === undefined) throw syntaxError("unregistervm", "VM name required");
  const deleteAll = options.has("--delete-all");
  const deleteFiles = deleteAll || options.has("--delete");

  return change(box, async (session) => {
    const machine = findMachine(session.state, name, {
      variable: "VMName",
      line: 228,
      file: "VBoxManageMisc.cpp",
    });
    if (isActive(machine) || isUnlocking(machine.power, session.now()))
      throw comError({
        code: "VBOX_E_INVALID_OBJECT_STATE",
        reporter: "machine",
        message: `Cannot unregister the machine '${machine.name}' while it is locked`,
        context: { call: CALL, line: 231, file: "VBoxManageMisc.cpp" },
      });
    await session.machines.forget(machine.uuid);
    session.state.machines = session.state.machines.filter((other) => other !== machine);
    closeMedia(session, machine, { deleteFiles, removable: deleteAll });
    if (deleteFiles) deleteConfig(machine);
    return ok("", deleteFiles ? PROGRESS : "");
  });
}

interface Cleanup {
  deleteFiles: boolean;
  /** DVD images as well. */
  removable: boolean;
}

/** Closes the media that only this VM used. */
function closeMedia({ state }: Session, machine: VirtualMachine, { deleteFiles, removable }: Cleanup): void {
  for (const { medium: uuid, kind } of machine.attachments) {
    if (uuid === null || (kind === "dvd" && !removable)) continue;
    const medium = mediumByUuid(state, uuid);
    if (!medium || usersOf(state, medium).length > 0) continue;
    state.media = state.media.filter((other) => other !== medium);
    if (deleteFiles) rmSync(medium.location, { force: true });
  }
}

/** Deletes what VirtualBox made in the VM's folder, and the folder if nothing else is in it. */
function deleteConfig(machine: VirtualMachine): void {
  const folder = machineFolder(machine);
  for (const file of [machine.settingsFile, `${machine.settingsFile}-prev`]) rmSync(file, { force: true });
  for (const sub of [logFolder(machine), join(folder, "Snapshots")])
    rmSync(sub, { recursive: true, force: true });
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}
