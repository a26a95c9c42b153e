import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { Answer, ok, PROGRESS } from "../answer";
import { Box, change, Session } from "../box";
import { comError, comLines } from "../com-error";
import { parseOptions } from "../options";
import {
  childrenOf,
  findRegistered,
  isAccessible,
  logFolder,
  machineFolder,
  mediumByUuid,
  usersOf,
} from "../registry";
import { isActive, isUnlocking } from "../sessions";
import { Attachment, Medium, State, VirtualMachine } from "../state";
import { syntaxError } from "../syntax";

const CALL =
  "Unregister(fDeleteAll ? CleanupMode_DetachAllReturnHardDisksAndVMRemovable :CleanupMode_DetachAllReturnHardDisksOnly, ComSafeArrayAsOutParam(aMedia))";

/**
 * `unregistervm`: forgets the VM. Its disks stay in the registry, and no file is touched. With --delete, its files go
 * and every disk that no other VM uses, wherever it lies and whoever attached it; DVD images never do.
 */
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
    const machine = findRegistered(session.state, name, {
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
    if (!isAccessible(machine)) {
      forgetMedia(session, machine);
      return ok("", deleteFiles ? PROGRESS : "");
    }
    removeLabLogs(machine);
    if (!deleteFiles) return ok();
    const failure = deleteMedia(session, machine, deleteAll);
    if (failure) return failure; // the VM is unregistered all the same, and its files stay
    deleteConfig(machine);
    return ok("", PROGRESS);
  });
}

/** Its disks were told by its settings, which are gone: VirtualBox knows nothing of them any more. */
function forgetMedia({ state }: Session, machine: VirtualMachine): void {
  const own = machine.attachments.map(({ medium }) => mediumByUuid(state, medium ?? ""));
  state.media = state.media.filter((medium) => !own.includes(medium) || usersOf(state, medium).length > 0);
}

/**
 * Deletes the media that only this VM and its snapshots used: the VM's first, then those of the snapshots, the
 * youngest first.
 * @param removable DVD images as well, if they lie in the VM's folder
 */
function deleteMedia({ state }: Session, machine: VirtualMachine, removable: boolean): Answer | undefined {
  const snapshots = [...(machine.snapshots ?? [])].reverse().map(({ attachments }) => attachments);
  for (const medium of [machine.attachments, ...snapshots].flatMap((attachments) =>
    attachments.flatMap((attachment) => withParents(state, attachment)),
  )) {
    if (!state.media.includes(medium) || usersOf(state, medium).length > 0) continue;
    if (medium.kind === "dvd" && !(removable && dirname(medium.location) === machineFolder(machine)))
      continue;
    const children = childrenOf(state, medium).length;
    if (children > 0) return cannotClose(medium, children);
    state.media = state.media.filter((other) => other !== medium);
    rmSync(medium.location, { force: true });
  }
  return undefined;
}

/** An attached disk, and the disks below it that nothing else is built on. */
function withParents(state: State, { medium: uuid }: Attachment): Medium[] {
  const medium = uuid === null ? undefined : mediumByUuid(state, uuid);
  const found = medium ? [medium] : [];
  for (let at = medium?.parent; at !== undefined; at = mediumByUuid(state, at).parent) {
    const below = mediumByUuid(state, at);
    if (childrenOf(state, below).length > 1) break;
    found.push(below);
  }
  return found;
}

function cannotClose(medium: Medium, children: number): Answer {
  const stderr = comLines({
    code: "VBOX_E_OBJECT_IN_USE",
    reporter: "medium",
    heading: "Machine delete failed",
    message: `Cannot close medium '${medium.location}' because it has ${children} child media`,
    context: { call: "RTEXITCODE handleUnregisterVM(HandlerArg*)", line: 243, file: "VBoxManageMisc.cpp" },
    task: true,
    begun: true,
  });
  return { exit: 1, stdout: "", stderr };
}

/** What the lab machine wrote beside VirtualBox's own logs; no real VM does. */
function removeLabLogs(machine: VirtualMachine): void {
  for (const log of LAB_LOGS) rmSync(join(logFolder(machine), log), { force: true });
}

const LAB_LOGS = ["console.log"];

/** Deletes what VirtualBox made in the VM's folder, by name, and the folders if nothing else is in them. */
function deleteConfig(machine: VirtualMachine): void {
  const folder = machineFolder(machine);
  const logs = logFolder(machine);
  for (const file of [machine.settingsFile, `${machine.settingsFile}-prev`]) rmSync(file, { force: true });
  for (const name of existsSync(logs) ? readdirSync(logs) : [])
    if (/^VBox(UI)?\.(log|png)(\.\d+)?$/.test(name)) rmSync(join(logs, name));
  for (const empty of [logs, join(folder, "Snapshots"), folder])
    if (existsSync(empty) && readdirSync(empty).length === 0) rmdirSync(empty);
}
