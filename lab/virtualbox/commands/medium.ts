import { existsSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { Answer, ok, PROGRESS, Refusal } from "../answer";
import { Box, change } from "../box";
import { ComError, comError, comLines } from "../com-error";
import { cloneDiskFile, createDiskFile, growDiskFile } from "../disk-file";
import { describeMedium } from "../medium-info";
import { parseOptions, Parsed } from "../options";
import { childrenOf, openMedium, rememberSize, usersOf } from "../registry";
import { isActive } from "../sessions";
import { Medium } from "../state";
import { argumentError, notModelled, syntaxError } from "../syntax";

const FILE = "VBoxManageDisk.cpp";
const MEGABYTE = 1 << 20;

/** `createmedium disk`: an empty disk image. */
export async function createmedium(box: Box, args: string[]): Promise<Answer> {
  const options = parseOptions("createmedium", args, [
    { names: ["--filename", "-filename"], kind: "string" },
    { names: ["--diffparent"], kind: "string" },
    { names: ["--size", "-size"], kind: "number" },
    { names: ["--sizebyte"], kind: "number" },
    { names: ["--format", "-format"], kind: "string" },
    { names: ["--variant", "-variant"], kind: "string" },
  ]);
  const { kind, words } = mediumKind("createmedium", options);
  if (kind !== "disk") throw notModelled("createmedium", "an empty DVD image");
  if (words.length > 0) throw syntaxError("createmedium", `Invalid parameter '${words[0]}'`);
  const file = options.value("--filename");
  if (!file) throw syntaxError("createmedium", "Parameter --filename is required");
  const parent = options.value("--diffparent");
  if (parent !== undefined) return createDifferencing(box, file, parent);
  const capacity = Number(options.value("--sizebyte") ?? Number(options.value("--size") ?? 0) * MEGABYTE);
  if (capacity === 0) throw syntaxError("createmedium", "Parameter --size is required");
  const format = diskFormat("createmedium", options);
  const variant = diskVariant("createmedium", options);

  return change(box, (session) => {
    const location = resolve(session.folder, file);
    if (existsSync(location)) throw alreadyExists(location, format);
    createDiskFile(location, capacity);
    const medium: Medium = { uuid: session.uuid(), kind: "disk", location, format, variant, capacity };
    session.state.media.push(rememberSize(medium));
    return ok(`Medium created. UUID: ${medium.uuid}\n`, PROGRESS);
  });
}

/** A disk that is built on another. In the lab its file is a whole copy. */
async function createDifferencing(box: Box, file: string, parent: string): Promise<Answer> {
  return change(box, (session) => {
    const location = resolve(session.folder, file);
    const below = openMedium(session, parent, "disk");
    if (existsSync(location)) throw alreadyExists(location, below.format);
    cloneDiskFile(below.location, location);
    const medium: Medium = { ...below, uuid: session.uuid(), location, parent: below.uuid };
    session.state.media.push(medium);
    return ok(`Medium created. UUID: ${medium.uuid}\n`, PROGRESS);
  });
}

const alreadyExists = (location: string, format: string) =>
  failedTask({
    code: "VBOX_E_FILE_ERROR",
    heading: "Failed to create medium",
    message: `Could not create the medium storage unit '${location}'.\n${format}: cannot create image '${location}' (VERR_ALREADY_EXISTS)`,
    context: { call: "RTEXITCODE handleCreateMedium(HandlerArg*)", line: 630, file: FILE },
  });

/** `modifymedium disk --resize`: a disk image grows and never shrinks. */
export async function modifymedium(box: Box, args: string[]): Promise<Answer> {
  const options = parseOptions("modifymedium", args, [
    { names: ["--resize"], kind: "number" },
    { names: ["--resizebyte"], kind: "number" },
  ]);
  const { kind, words } = mediumKind("modifymedium", options);
  if (kind !== "disk") throw notModelled("modifymedium", "changing a DVD image");
  const [reference, surplus] = words;
  if (surplus !== undefined) throw syntaxError("modifymedium", `Invalid parameter '${surplus}'`);
  if (reference === undefined) throw syntaxError("modifymedium", "Medium name or UUID required");
  if (!options.has("--resize") && !options.has("--resizebyte"))
    throw syntaxError("modifymedium", "No operation specified");
  const capacity = Number(options.value("--resizebyte") ?? Number(options.value("--resize") ?? 0) * MEGABYTE);

  return change(box, (session) => {
    const medium = openMedium(session, reference, "disk");
    if (capacity < medium.capacity)
      throw failedTask({
        code: "VBOX_E_NOT_SUPPORTED",
        heading: "Failed to resize medium",
        message: `Shrinking is not yet supported for medium '${medium.location}'`,
        context: { call: "RTEXITCODE handleModifyMedium(HandlerArg*)", line: 937, file: FILE },
      });
    if (usersOf(session.state, medium).some(isActive))
      throw comError({
        code: "VBOX_E_INVALID_OBJECT_STATE",
        reporter: "medium",
        message: `Failed to lock media when resizing '${medium.location}'`,
        context: { call: "Resize((LONG64)cbResize, pProgress.asOutParam())", line: 931, file: FILE },
        footer: "Failed to resize medium!",
      });
    growDiskFile(medium.location, capacity);
    medium.capacity = capacity;
    return ok("", PROGRESS);
  });
}

/** `closemedium`: takes an image out of the registry, with --delete also from the disk. */
export async function closemedium(box: Box, args: string[]): Promise<Answer> {
  const options = parseOptions("closemedium", args, [{ names: ["--delete"], kind: "flag" }]);
  const { kind, words } = mediumKind("closemedium", options);
  const [reference, surplus] = words;
  if (surplus !== undefined) throw syntaxError("closemedium", `Invalid parameter '${surplus}'`);
  if (reference === undefined) throw syntaxError("closemedium", "Medium name or UUID required");

  return change(box, (session) => {
    const medium = openMedium(session, reference, kind);
    const users = usersOf(session.state, medium);
    if (users.some(isActive)) throw lockedMedium(medium, options.has("--delete"));
    if (users.length > 0)
      throw stillAttached(
        medium,
        users.map(({ uuid }) => uuid),
        options.has("--delete"),
      );
    const children = childrenOf(session.state, medium).length;
    if (children > 0) throw hasChildren(medium, children, options.has("--delete"));
    session.state.media = session.state.media.filter((other) => other !== medium);
    if (!options.has("--delete")) return ok();
    rmSync(medium.location, { force: true });
    return ok("", PROGRESS);
  });
}

/** A medium that a running VM has. */
function lockedMedium(medium: Medium, deleting: boolean): Refusal {
  const common = {
    code: "VBOX_E_INVALID_OBJECT_STATE",
    reporter: "medium",
    message: `Medium '${medium.location}' is locked for ${medium.kind === "disk" ? "writing" : "reading"} by another task`,
  } as const;
  return notClosed(common, common, deleting);
}

/** Two calls failed where the file was to be deleted as well. */
function notClosed(
  deletion: Pick<ComError, "code" | "reporter" | "message">,
  closing: Pick<ComError, "code" | "reporter" | "message">,
  deleting: boolean,
): Refusal {
  const deleted = comLines({
    ...deletion,
    context: { call: "DeleteStorage(pProgress.asOutParam())", line: 1868, file: FILE },
    footer: `Failed to delete medium. Error code ${deletion.code}`,
  });
  const closed = comLines({ ...closing, context: { call: "Close()", line: 1877, file: FILE } });
  return new Refusal({ exit: 1, stdout: "", stderr: (deleting ? deleted : "") + closed });
}

function stillAttached(medium: Medium, users: string[], deleting: boolean): Refusal {
  const common = { code: "VBOX_E_OBJECT_IN_USE", reporter: "medium" } as const;
  const deletion = `Cannot delete storage: medium '${medium.location}' is still attached to the following ${users.length} virtual machine(s): ${users.join(", ")}`;
  const closing = `Medium '${medium.location}' cannot be closed because it is still attached to ${users.length} virtual machines`;
  return notClosed({ ...common, message: deletion }, { ...common, message: closing }, deleting);
}

/** A disk that others are built on can't go before them. */
function hasChildren(medium: Medium, children: number, deleting: boolean): Refusal {
  const common = {
    code: "VBOX_E_OBJECT_IN_USE",
    reporter: "medium",
    message: `Cannot close medium '${medium.location}' because it has ${children} child media`,
  } as const;
  return notClosed(common, common, deleting);
}

/** `showmediuminfo`. */
export async function showmediuminfo(box: Box, args: string[]): Promise<Answer> {
  const { kind, words } = mediumKind("showmediuminfo", parseOptions("showmediuminfo", args, []));
  const [reference, surplus] = words;
  if (surplus !== undefined) throw syntaxError("showmediuminfo", `Invalid parameter '${surplus}'`);
  if (reference === undefined) throw syntaxError("showmediuminfo", "Medium name or UUID required");
  return change(box, (session) =>
    ok(describeMedium(session.state, openMedium(session, reference, kind), { long: true })),
  );
}

/** Commands on media may begin with the kind, `disk` being understood. */
function mediumKind(command: string, { words }: Parsed): { kind: Medium["kind"]; words: string[] } {
  const [first, ...rest] = words;
  if (first === "floppy") throw notModelled(command, "a floppy image");
  if (first === "disk" || first === "dvd") return { kind: first, words: rest };
  return { kind: "disk", words };
}

/** @throws Refusal for a format that VirtualBox can't write */
export function diskFormat(command: string, options: Parsed): string {
  const format = (options.value("--format") ?? "VDI").toUpperCase();
  if (["VDI", "VMDK", "VHD", "RAW"].includes(format)) return format;
  throw notModelled(command, `--format ${options.value("--format")}`);
}

/** @throws Refusal for a variant that the stand-in does not model */
export function diskVariant(command: string, options: Parsed): Medium["variant"] {
  const variant = (options.value("--variant") ?? "Standard").toLowerCase();
  if (variant === "standard") return "dynamic";
  if (variant === "fixed") return "fixed";
  if (["split2g", "stream", "esx", "diff"].includes(variant))
    throw notModelled(command, `--variant ${variant}`);
  throw argumentError(`Invalid medium variant '${options.value("--variant")}'`);
}

const failedTask = (error: Omit<Parameters<typeof comLines>[0], "reporter">) =>
  new Refusal({
    exit: 1,
    stdout: "",
    stderr: comLines({ ...error, reporter: "medium", task: true, begun: true }),
  });
