import { Answer, ok } from "../answer";
import { Box, change } from "../box";
import { comError } from "../com-error";
import { parseOptions } from "../options";
import { findMachine } from "../registry";
import { lockForWriting } from "../sessions";
import { Controller, VirtualMachine } from "../state";
import { argumentError, notModelled, syntaxError } from "../syntax";

const FILE = "VBoxManageStorageController.cpp";

/** Ports of a SATA controller, at most (and by default). */
export const MAX_PORTS = 30;

/** `storagectl`: adds, changes or removes a SATA controller. */
export async function storagectl(box: Box, args: string[]): Promise<Answer> {
  const options = parseOptions("storagectl", args, [
    { names: ["--name"], kind: "string" },
    { names: ["--add"], kind: "string" },
    { names: ["--controller"], kind: "string" },
    { names: ["--portcount"], kind: "number" },
    { names: ["--remove"], kind: "flag" },
    { names: ["--hostiocache"], kind: "onoff" },
    { names: ["--bootable"], kind: "onoff" },
  ]);
  const [machineName, surplus] = options.words;
  const name = options.value("--name");
  if (machineName === undefined || surplus !== undefined || !name)
    throw syntaxError("storagectl", "Storage controller name not specified");
  const bus = options.value("--add")?.toLowerCase();
  if (bus !== undefined && bus !== "sata") throw notModelled("storagectl", `a controller of type ${bus}`);
  if ((options.value("--controller") ?? "IntelAhci").toLowerCase() !== "intelahci")
    throw argumentError(`Invalid --type argument '${options.value("--controller")}'`);

  return change(box, ({ state, now }) => {
    const machine = findMachine(state, machineName, {
      ...{ variable: "a->argv[0]", line: 1034, file: FILE },
      then: { call: "LockMachine(a->session, LockType_Write)", line: 1058 },
    });
    lockForWriting(machine, now(), { line: 1037, file: FILE });
    if (options.has("--remove")) {
      controllerOf(machine, name, "RemoveStorageController(Bstr(pszCtl).raw())", 1052);
      machine.controllers = machine.controllers.filter((controller) => controller.name !== name);
      machine.attachments = machine.attachments.filter(({ controller }) => controller !== name);
      return ok();
    }
    const controller = bus
      ? add(machine, name)
      : controllerOf(machine, name, "GetStorageControllerByName(Bstr(pszCtl).raw(), ctl.asOutParam())", 1180);
    const ports = options.value("--portcount");
    if (ports !== undefined) controller.ports = checkPorts(Number(ports));
    if (options.has("--hostiocache")) controller.hostIoCache = options.value("--hostiocache") === "on";
    if (options.has("--bootable")) controller.bootable = options.value("--bootable") === "on";
    return ok();
  });
}

function add(machine: VirtualMachine, name: string): Controller {
  if (machine.controllers.some((controller) => controller.name === name))
    throw comError({
      code: "VBOX_E_OBJECT_IN_USE",
      reporter: "sessionMachine",
      message: `Storage controller named '${name}' already exists`,
      context: {
        call: "AddStorageController(Bstr(pszCtl).raw(), StorageBus_SATA, ctl.asOutParam())",
        line: 1088,
        file: FILE,
      },
    });
  if (machine.controllers.length > 0)
    throw comError({
      code: "NS_ERROR_INVALID_ARG",
      reporter: "sessionMachine",
      message: "Too many storage controllers of this type",
      context: {
        call: "AddStorageController(Bstr(pszCtl).raw(), StorageBus_SATA, ctl.asOutParam())",
        line: 1088,
        file: FILE,
      },
    });
  const controller = { name, ports: MAX_PORTS, bootable: true, hostIoCache: false };
  machine.controllers.push(controller);
  return controller;
}

/** @throws Refusal if the VM has no controller of this name */
function controllerOf(machine: VirtualMachine, name: string, call: string, line: number): Controller {
  const controller = machine.controllers.find((one) => one.name === name);
  if (controller) return controller;
  throw comError({
    code: "VBOX_E_OBJECT_NOT_FOUND",
    reporter: "sessionMachine",
    message: `Could not find a storage controller named '${name}'`,
    context: { call, line, file: FILE },
  });
}

function checkPorts(ports: number): number {
  if (ports >= 1 && ports <= MAX_PORTS) return ports;
  throw comError({
    code: "NS_ERROR_INVALID_ARG",
    reporter: "sessionMachine",
    message: `Invalid port count: ${ports} (must be in range [1, ${MAX_PORTS}])`,
    context: { call: "COMSETTER(PortCount)(portcount)", line: 1188, file: FILE },
  });
}
