import { existsSync, mkdirSync, renameSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { comError } from "./com-error";
import { baseFolderOf, hasOwnFolder, machineFolder, settingsFileFor } from "./registry";
import { State, VirtualMachine } from "./state";

/**
 * Gives a VM another name or other groups. Where its folder is named after it, VirtualBox moves the folder (and
 * the media in it) along.
 * @throws Refusal if something is in the way
 */
export function moveMachine(
  state: State,
  machine: VirtualMachine,
  { name = machine.name, groups = machine.groups }: { name?: string; groups?: string[] },
): void {
  const moves = hasOwnFolder(machine);
  const from = machineFolder(machine);
  const settingsFile = moves ? settingsFileFor(baseFolderOf(machine), groups[0], name) : machine.settingsFile;
  const to = dirname(settingsFile);
  if (settingsFile !== machine.settingsFile) {
    if (existsSync(to)) throw inTheWay(to);
    mkdirSync(dirname(to), { recursive: true });
    renameSync(from, to);
    renameSync(join(to, basename(machine.settingsFile)), settingsFile);
    for (const medium of state.media)
      if (medium.location.startsWith(from + sep))
        medium.location = join(to, medium.location.slice(from.length));
  }
  machine.name = name;
  machine.groups = groups;
  machine.settingsFile = settingsFile;
}

const inTheWay = (folder: string) =>
  comError({
    code: "VBOX_E_FILE_ERROR",
    reporter: "sessionMachine",
    message: `Could not rename the machine's folder to '${folder}' (VERR_ALREADY_EXISTS)`,
    context: { call: "SaveSettings()", line: 3550, file: "VBoxManageModifyVM.cpp" },
  });
