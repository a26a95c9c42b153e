import { existsSync, rmSync, statSync } from "node:fs";
import { prefixLengthOf } from "../addresses";
import { Answer, Refusal, errorLine, ok } from "../answer";
import { Box, change, look, Session } from "../box";
import { comError } from "../com-error";
import { readFaults } from "../faults";
import { hardwareOf } from "../hardware-of";
import { configuredAddress } from "../interface-info";
import { beginLog, log } from "../machine-log";
import { parseOptions } from "../options";
import { findMachine, mediumByUuid, usersOf } from "../registry";
import { isActive, isUnlocking, thisProcess } from "../sessions";
import { VirtualMachine } from "../state";
import { notModelled, syntaxError } from "../syntax";

const FILE = "VBoxManageMisc.cpp";
const LAUNCH =
  "LaunchVMProcess(a->session, sessionType.raw(), ComSafeArrayAsInParam(aBstrEnv), progress.asOutParam())";

/** `startvm`: powers VMs on, one after the other; the answer fails if one of them did. */
export async function startvm(box: Box, args: string[]): Promise<Answer> {
  const options = parseOptions("startvm", args, [{ names: ["--type", "-type"], kind: "string" }]);
  const type = (options.value("--type") ?? "gui").toLowerCase();
  if (type === "emergencystop") return emergencyStop(box, options.words);
  if (type !== "headless") throw notModelled("startvm", `startvm --type ${type}`);
  if (options.words.length === 0) throw syntaxError("startvm", "at least one VM name or uuid required");
  const total = { exit: 0, stdout: "", stderr: "" };
  for (const name of options.words) {
    const { exit, stdout, stderr } = await start(box, name);
    total.exit ||= exit;
    total.stdout += stdout;
    total.stderr += stderr;
  }
  return total;
}

async function start(box: Box, name: string): Promise<Answer> {
  let launched: VirtualMachine;
  try {
    launched = await change(box, (session) => launch(session, name));
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
  // From here on the VM has a process of its own; errors are that process's.
  const waiting = `Waiting for VM "${name}" to power on...\n`;
  const failure = await powerOn(box, launched);
  await change(box, ({ state, now }) => {
    const machine = state.machines.find(({ uuid }) => uuid === launched.uuid);
    if (!machine) return;
    const saved = machine.power.saved;
    machine.power = { phase: failure ? "off" : "on", since: now().toISOString() };
    if (saved !== undefined && failure) machine.power.saved = saved;
    if (saved !== undefined && !failure) rmSync(saved, { force: true });
    log(
      machine,
      now(),
      failure ? `Power up failed: ${failure.message}` : "Changing the VM state from 'STARTING' to 'RUNNING'",
    );
  });
  if (failure) return { ...failure.answer, stdout: waiting };
  return ok(`${waiting}VM "${name}" has been successfully started.\n`);
}

/** Ends a VM's process, as its death would. */
async function emergencyStop(box: Box, [name]: string[]): Promise<Answer> {
  if (name === undefined) throw syntaxError("startvm", "at least one VM name or uuid required");
  const lookup = { variable: "pszVM", line: 907, file: FILE };
  const { uuid, power } = await look(box, ({ state }) => findMachine(state, name, lookup));
  if (power.phase === "off")
    throw comError({
      code: "VBOX_E_INVALID_OBJECT_STATE",
      reporter: "machine",
      message: `The machine '${name}' does not have a VM process`,
      context: { call: LAUNCH, line: 920, file: FILE },
    });
  await box.machines.powerOff(uuid);
  await change(box, ({ state }) => {
    const machine = state.machines.find((one) => one.uuid === uuid);
    if (machine) machine.power = { ...machine.power, aborted: true };
  });
  return ok();
}

/** Takes the VM's session for this process. */
function launch(session: Session, name: string): VirtualMachine {
  const machine = findMachine(session.state, name, {
    ...{ variable: "pszVM", line: 907, file: FILE },
    then: { call: LAUNCH, line: 920 },
  });
  const now = session.now();
  if (isActive(machine) || isUnlocking(machine.power, now))
    throw comError({
      code: "VBOX_E_INVALID_OBJECT_STATE",
      reporter: "machine",
      message: `The machine '${machine.name}' is already locked by a session (or being locked or unlocked)`,
      context: { call: LAUNCH, line: 921, file: FILE },
    });
  const { saved } = machine.power;
  machine.power = {
    phase: "starting",
    since: now.toISOString(),
    worker: thisProcess(),
    ...(saved && { saved }),
  };
  machine.shiftHeld = false;
  return machine;
}

/** Does the work of the VM's process. Returns why it failed, if it did. */
async function powerOn(box: Box, machine: VirtualMachine): Promise<Refusal | undefined> {
  try {
    beginLog(machine, box.now());
    const state = box.store.read();
    checkModelled(machine);
    if (readFaults(box.store).noDriver)
      throw failed(
        `The virtual machine '${machine.name}' has terminated unexpectedly during startup with exit code 1 (0x1)`,
        "machine",
      );
    checkMedia({ ...box, state }, machine);
    await change(box, (session) => prepareNetwork(session, machine));
    await box.machines.start(hardwareOf(state, machine));
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    return new Refusal({
      exit: 1,
      stdout: "",
      stderr: errorLine(`The rehearsal lab could not start '${machine.name}': ${(error as Error).message}`),
    });
  }
}

/** What a lab machine can't do must not look as if it did. */
function checkModelled({ settings, nics }: VirtualMachine): void {
  if (settings.firmware !== "bios")
    throw notModelled("startvm", `starting a VM with firmware ${settings.firmware}`);
  if (nics.some(({ attachment, forwardings }) => attachment === "nat" && forwardings.length > 0))
    throw notModelled("startvm", "starting a VM with NAT port forwarding");
  if (nics.some(({ attachment }) => attachment === "intnet" || attachment === "null"))
    throw notModelled("startvm", "starting a VM with an internal network or an unconnected NIC");
}

/** @throws Refusal for a medium that is gone, or a disk that a running VM has */
function checkMedia({ state }: Session, machine: VirtualMachine): void {
  for (const { medium: uuid, kind } of machine.attachments) {
    if (uuid === null) continue;
    const medium = mediumByUuid(state, uuid);
    if (!existsSync(medium.location) || !statSync(medium.location).isFile())
      throw failed(
        `Could not open the medium '${medium.location}'.\nVD: error VERR_FILE_NOT_FOUND opening image file '${medium.location}' (VERR_FILE_NOT_FOUND)`,
        "medium",
      );
    const others = usersOf(state, medium).filter((user) => user.uuid !== machine.uuid && isActive(user));
    if (kind === "disk" && others.length > 0)
      throw comError({
        code: "VBOX_E_INVALID_OBJECT_STATE",
        reporter: "sessionMachine",
        message:
          "Locking of attached media failed. A possible reason is that one of the media is attached to a running VM",
        task: true,
      });
  }
}

/** Host-only interfaces get their address when a VM on them starts, as VirtualBox does it. */
async function prepareNetwork({ network, state }: Session, { nics }: VirtualMachine): Promise<void> {
  const interfaces = await network.interfaces();
  for (const nic of nics) {
    if (nic.attachment !== "hostonly" && nic.attachment !== "bridged") continue;
    const name = nic.attachment === "hostonly" ? nic.hostOnlyAdapter : nic.bridgeAdapter;
    const found = interfaces.find((one) => one.name === name);
    if (!found)
      throw failed(`Nonexistent host networking interface, name '${name}' (VERR_INTERNAL_ERROR)`, "console");
    if (nic.attachment === "bridged" || (found.up && found.address !== "")) continue;
    const { address, netmask } = configuredAddress(name, state.extraData);
    await network.setAddress(name, address, prefixLengthOf(netmask)!);
  }
}

const failed = (message: string, reporter: "machine" | "console" | "medium") =>
  comError({ code: "NS_ERROR_FAILURE", reporter, message, task: true });
