import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { Refusal } from "./answer";
import { ComError, comError, comLines } from "./com-error";
import { diskFileCapacity, sizeOnDisk } from "./disk-file";
import { Session } from "./box";
import { UUID } from "./options";
import { Medium, State, VirtualMachine } from "./state";

/** Where VBoxManage looks a VM up, for the context of its errors. */
export interface Lookup {
  variable: string;
  line: number;
  file: string;
  /** The first call on a VM that was found; a lock where left out. */
  then?: { call: string; line: number };
  /** A call before that, whose failure is told, too. */
  before?: { call: string; line: number; file: string };
  /** What is printed on stdout all the same. */
  beside?: string;
}

/**
 * The VM of this name or UUID.
 * @throws Refusal if no VM is registered under it, or VirtualBox cannot read its settings
 */
export function findMachine(state: State, nameOrUuid: string, lookup: Lookup): VirtualMachine {
  const found = findRegistered(state, nameOrUuid, lookup);
  if (isAccessible(found)) return found;
  const limited = (context: ComError["context"]) =>
    comLines({
      code: "E_ACCESSDENIED",
      reporter: "machine",
      message: "The object functionality is limited",
      context,
    });
  const call = lookup.then ?? { call: "LockMachine(a->session, LockType_Shared)", line: lookup.line };
  throw new Refusal({
    exit: 1,
    stdout: lookup.beside ?? "",
    stderr: (lookup.before ? limited(lookup.before) : "") + limited({ ...call, file: lookup.file }),
  });
}

/** Likewise, whether or not VirtualBox can read its settings; then it is known by its UUID alone. */
export function findRegistered(state: State, nameOrUuid: string, lookup: Lookup): VirtualMachine {
  const uuid = UUID.exec(nameOrUuid)?.[1].toLowerCase();
  const found = state.machines.find((machine) =>
    uuid ? machine.uuid === uuid : machine.name === nameOrUuid && isAccessible(machine),
  );
  if (found) return found;
  throw comError({
    code: "VBOX_E_OBJECT_NOT_FOUND",
    reporter: "virtualBox",
    message: uuid
      ? `Could not find a registered machine with UUID {${uuid}}`
      : `Could not find a registered machine named '${nameOrUuid}'`,
    context: {
      call: `FindMachine(Bstr(${lookup.variable}).raw(), machine.asOutParam())`,
      line: lookup.line,
      file: lookup.file,
    },
  });
}

/** Whether the settings of a VM can be read: their file is there and is the VM's. One that runs has them in memory. */
export const isAccessible = ({ settingsFile, uuid, power }: VirtualMachine) =>
  power.phase !== "off" ||
  (existsSync(settingsFile) && readFileSync(settingsFile, "utf8").includes(`{${uuid}}`));

/** Folder of a VM's settings file. */
export const machineFolder = (machine: VirtualMachine) => dirname(machine.settingsFile);

/** Folder of a VM's VBox.log. */
export const logFolder = (machine: VirtualMachine) => join(machineFolder(machine), "Logs");

/** VMs to which a medium is attached, themselves or a snapshot of theirs, in the order of registration. */
export const usersOf = (state: State, medium: Medium) =>
  state.machines.filter(({ attachments, snapshots = [] }) =>
    [attachments, ...snapshots.map((snapshot) => snapshot.attachments)]
      .flat()
      .some((attachment) => attachment.medium === medium.uuid),
  );

/** Differencing disks that are built on a disk. */
export const childrenOf = (state: State, medium: Medium) =>
  state.media.filter(({ parent }) => parent === medium.uuid);

export const mediumByUuid = (state: State, uuid: string): Medium =>
  state.media.find((medium) => medium.uuid === uuid)!;

/**
 * The medium of this UUID or file; a file that is not in the registry yet is added to it, as VirtualBox does
 * whenever it opens one.
 * @param footer VBoxManage's own last line, where a command has one
 * @throws Refusal if there is neither
 */
export function openMedium(
  session: Session,
  reference: string,
  kind: Medium["kind"],
  footer?: string,
): Medium {
  const { state, folder } = session;
  const uuid = UUID.exec(reference)?.[1].toLowerCase();
  const location = resolve(folder, reference);
  const known = state.media.find(
    (medium) => medium.kind === kind && (uuid ? medium.uuid === uuid : medium.location === location),
  );
  if (known) return rememberSize(known);
  if (uuid || !existsSync(location))
    throw comError({
      code: uuid ? "VBOX_E_OBJECT_NOT_FOUND" : "VBOX_E_FILE_ERROR",
      reporter: uuid ? "virtualBox" : "medium",
      message: uuid
        ? `Could not find an open ${kind === "dvd" ? "CD/DVD image" : "hard disk"} with UUID {${uuid}}`
        : `Could not find file for the medium '${location}' (VERR_FILE_NOT_FOUND)`,
      context: {
        call: "OpenMedium(Bstr(pszFilenameOrUuid).raw(), enmDevType, enmAccessMode, fForceNewUuidOnOpen, pMedium.asOutParam())",
        line: 197,
        file: "VBoxManageDisk.cpp",
      },
      footer,
    });
  const medium: Medium = {
    uuid: session.uuid(),
    kind,
    location,
    format: kind === "dvd" ? "RAW" : formatOf(location),
    variant: kind === "dvd" ? "fixed" : "dynamic",
    capacity: diskFileCapacity(location),
  };
  state.media.push(medium);
  return rememberSize(medium);
}

/** Megabytes that a medium's file takes, or took when it was last there. */
export const sizeOf = ({ location, format, capacity, lastSize = 0 }: Medium) =>
  existsSync(location) ? sizeOnDisk(location, format, capacity) : lastSize;

/** As VirtualBox does whenever it opens a medium: one whose file is gone keeps its size. */
export function rememberSize(medium: Medium): Medium {
  medium.lastSize = sizeOf(medium);
  return medium;
}

/** VirtualBox's disk formats by file ending. */
export const FORMATS: Record<string, string> = { ".vdi": "VDI", ".vmdk": "VMDK", ".vhd": "VHD" };

const formatOf = (location: string) => FORMATS[extname(location).toLowerCase()] ?? "RAW";

/** Where a VM's settings file belongs: the folder of its first group, then one of its own. */
export const settingsFileFor = (base: string, group: string, name: string) =>
  join(base, ...group.split("/").filter(Boolean), name, `${name}.vbox`);

/** The folder that holds a VM's group folders. */
export function baseFolderOf(machine: VirtualMachine): string {
  const depth = machine.groups[0].split("/").filter(Boolean).length;
  return resolve(machineFolder(machine), ...Array(depth + 1).fill(".."));
}

/** Whether a VM's folder is named after it, so that VirtualBox renames both together. */
export const hasOwnFolder = (machine: VirtualMachine) =>
  basename(machineFolder(machine)) === machine.name &&
  basename(machine.settingsFile) === `${machine.name}.vbox`;
