import { Answer, ok, refuse } from "../answer";
import { Box, change, Session } from "../box";
import { comError } from "../com-error";
import { parseOptions } from "../options";
import { findMachine, mediumByUuid, openMedium } from "../registry";
import { isActive, lockShared, requireMutable } from "../sessions";
import { Attachment, Controller, Medium, VirtualMachine } from "../state";
import { notModelled, syntaxError } from "../syntax";
import { MAX_PORTS } from "./storagectl";

const FILE = "VBoxManageStorageController.cpp";

const DETACH = "DetachDevice(Bstr(pszCtl).raw(), port, device)";

const KINDS: Record<string, Medium["kind"] | undefined> = { hdd: "disk", dvddrive: "dvd" };

/** Where a drive is, or shall be. */
interface Slot {
  machine: VirtualMachine;
  controller: Controller;
  port: number;
}

/** `storageattach`: puts a disk or DVD into a port, empties a DVD drive, or takes a drive away. */
export async function storageattach(box: Box, args: string[]): Promise<Answer> {
  const [machineName, ...rest] = args;
  if (machineName === undefined) throw syntaxError("storageattach", "Not enough parameters");
  const options = parseOptions(
    "storageattach",
    rest,
    [
      { names: ["--storagectl"], kind: "string" },
      { names: ["--port"], kind: "number" },
      { names: ["--device"], kind: "number" },
      { names: ["--type"], kind: "string" },
      { names: ["--medium"], kind: "string" },
      { names: ["--forceunmount"], kind: "flag" },
    ],
    1,
  );
  const controllerName = options.value("--storagectl");
  if (controllerName === undefined)
    throw syntaxError("storageattach", "Storage controller name not specified");
  const type = options.value("--type");
  if (type !== undefined && KINDS[type.toLowerCase()] === undefined)
    throw notModelled("storageattach", `--type ${type}`);
  const kind = type === undefined ? undefined : KINDS[type.toLowerCase()];
  const medium = options.value("--medium");

  return change(box, (session) => {
    const machine = findMachine(session.state, machineName, {
      variable: "a->argv[0]",
      line: 321,
      file: FILE,
    });
    lockShared(machine, session.now(), { line: 323, file: FILE });
    const controller = machine.controllers.find(({ name }) => name === controllerName);
    if (!controller) throw refuse(`Could not find a controller named '${controllerName}'`);
    if (!options.has("--port")) throw syntaxError("storageattach", "Port not specified");
    const slot = {
      machine,
      controller,
      port: checkPort(options.value("--port")!, options.value("--device") ?? "0"),
    };
    if (isActive(machine)) throw hotPlugError(session, slot, medium);
    requireMutable(machine, "mutable or running", DETACH, { line: 413, file: FILE });
    controller.ports = Math.max(controller.ports, slot.port + 1);
    if (medium === undefined) throw refuse("Missing --medium argument");
    if (medium.toLowerCase() === "none") detach(slot);
    else if (medium.toLowerCase() === "emptydrive") put(slot, { kind: "dvd", medium: null });
    else attach(session, slot, kind, medium);
    return ok();
  });
}

function checkPort(port: string, device: string): number {
  const invalid = (what: string, value: string, count: number) =>
    comError({
      code: "NS_ERROR_INVALID_ARG",
      reporter: "sessionMachine",
      message: `Invalid ${what}: ${value} (must be in range [0, ${count}])`,
      context: {
        call: "GetMediumAttachment(Bstr(pszCtl).raw(), port, device, mediumAttachment.asOutParam())",
        line: 480,
        file: FILE,
      },
    });
  if (Number(port) >= MAX_PORTS) throw invalid("controller port", port, MAX_PORTS - 1);
  if (device !== "0") throw invalid("device slot", device, 0);
  return Number(port);
}

const inSlot =
  ({ controller, port }: Slot) =>
  (attachment: Attachment) =>
    attachment.controller === controller.name && attachment.port === port;

function detach(slot: Slot): void {
  if (!slot.machine.attachments.some(inSlot(slot)))
    throw comError({
      code: "VBOX_E_OBJECT_NOT_FOUND",
      reporter: "sessionMachine",
      message: `No storage device attached to device slot 0 on port ${slot.port} of controller '${slot.controller.name}'`,
      context: { call: DETACH, line: 396, file: FILE },
    });
  slot.machine.attachments = slot.machine.attachments.filter((attachment) => !inSlot(slot)(attachment));
}

/** Replaces whatever is in the slot. */
function put(slot: Slot, drive: Pick<Attachment, "kind" | "medium">): void {
  slot.machine.attachments = [
    ...slot.machine.attachments.filter((attachment) => !inSlot(slot)(attachment)),
    { controller: slot.controller.name, port: slot.port, ...drive },
  ].sort((one, other) => one.port - other.port);
}

function attach(
  session: Session,
  slot: Slot,
  requested: Medium["kind"] | undefined,
  reference: string,
): void {
  const kind = requested ?? slot.machine.attachments.find(inSlot(slot))?.kind;
  if (!kind) throw refuse("Argument --type must be specified");
  if (/^(host:|iscsi$|additions$)/i.test(reference))
    throw notModelled("storageattach", `--medium ${reference}`);
  const medium = openMedium(session, reference, kind, `Invalid UUID or filename "${reference}"`);
  const elsewhere = slot.machine.attachments.find(
    (attachment) => attachment.medium === medium.uuid && !inSlot(slot)(attachment),
  );
  if (kind === "disk" && elsewhere)
    throw comError({
      code: "VBOX_E_OBJECT_IN_USE",
      reporter: "sessionMachine",
      message: `Medium '${medium.location}' is already attached to port ${elsewhere.port}, device 0 of controller '${elsewhere.controller}' of this virtual machine`,
      context: {
        call: "AttachDevice(Bstr(pszCtl).raw(), port, device, DeviceType_HardDisk, pMedium2Mount)",
        line: 773,
        file: FILE,
      },
    });
  put(slot, { kind, medium: medium.uuid });
}

/** A running VM's drives can't be changed: they are not hot-pluggable, and an installer holds its DVD. */
function hotPlugError({ state }: Session, slot: Slot, medium: string | undefined) {
  const { machine, controller, port } = slot;
  const attached = machine.attachments.find(inSlot(slot));
  if (attached?.kind === "dvd" && attached.medium !== null && medium?.toLowerCase() === "emptydrive")
    return comError({
      code: "VBOX_E_INVALID_OBJECT_STATE",
      reporter: "console",
      message: `Could not unmount the media/drive '${mediumByUuid(state, attached.medium).location}' (VERR_PDM_MEDIA_LOCKED)`,
      context: {
        call: "UnmountMedium(Bstr(pszCtl).raw(), port, device, fForceUnmount)",
        line: 416,
        file: FILE,
      },
    });
  return comError({
    code: "VBOX_E_NOT_SUPPORTED",
    reporter: "sessionMachine",
    message: `The device slot 0 on port ${port} of controller '${controller.name}' does not support hot-plugging`,
    context: { call: DETACH, line: 413, file: FILE },
  });
}
