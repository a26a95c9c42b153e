import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Answer, errorLine, ok, PROGRESS, Refusal, refuse } from "../answer";
import { Box, change, look, Session } from "../box";
import { comError } from "../com-error";
import { decodeScancodes, typeable } from "../keyboard";
import { log } from "../machine-log";
import { findMachine } from "../registry";
import { lockShared, thisProcess } from "../sessions";
import { snapshotsFolder } from "../snapshots";
import { VirtualMachine } from "../state";
import { notModelled, syntaxError } from "../syntax";

const FILE = "VBoxManageControlVM.cpp";

/** `controlvm`: what can be done to a running VM. */
export async function controlvm(box: Box, args: string[]): Promise<Answer> {
  const [name, action, ...rest] = args;
  if (action === undefined) throw syntaxError("controlvm", "Not enough parameters.");
  switch (action) {
    case "poweroff":
      return powerOff(box, name);
    case "savestate":
      return powerOff(box, name, { keep: true });
    case "pause":
      return setPaused(box, name, true);
    case "resume":
      return setPaused(box, name, false);
    case "acpipowerbutton":
      return withRunning(box, name, "PowerButton()", async ({ machines, now }, machine) => {
        refuseStuck(machine, "PowerButton()");
        if (machine.power.paused) throw invalidState("Paused", "PowerButton()", 658);
        log(machine, now(), "ACPI: power button pressed");
        await machines.pressPowerButton(machine.uuid);
      });
    case "reset":
      return withRunning(box, name, "Reset()", async ({ machines, now }, machine) => {
        refuseStuck(machine, "Reset()");
        log(machine, now(), "Changing the VM state from 'RUNNING' to 'RESETTING'");
        await machines.reset(machine.uuid);
      });
    case "keyboardputstring":
      return putString(box, name, rest);
    case "keyboardputscancode":
      return putScancodes(box, name, rest);
    default:
      // Without a VM that runs, VirtualBox does not look at the word at all.
      await withRunning(box, name, action, async () => {});
      throw notModelled("controlvm", `controlvm ${action}`);
  }
}

/** Opens a session on a running VM. @throws Refusal if there is none to open */
function openConsole({ state, now }: Session, name: string): VirtualMachine {
  const machine = findMachine(state, name, { variable: "a->argv[0]", line: 364, file: FILE });
  lockShared(machine, now(), { line: 370, file: FILE });
  if (machine.power.phase === "off") throw refuse(`Machine '${name}' is not currently running.`);
  return machine;
}

async function withRunning(
  box: Box,
  name: string,
  call: string,
  action: (session: Session, machine: VirtualMachine) => Promise<void>,
): Promise<Answer> {
  const session = await look(box, (session) => session);
  const machine = openConsole(session, name);
  checkPhase(machine, call);
  await action(session, machine);
  return ok();
}

function checkPhase({ power }: VirtualMachine, call: string): void {
  if (power.phase === "on") return;
  const phase = power.phase === "starting" ? "Starting" : "Stopping";
  throw invalidState(`${phase} (must be Running, Paused or Stuck)`, call, 560);
}

const invalidState = (state: string, call: string, line: number) =>
  inState(`Invalid machine state: ${state}`, call, line);

const inState = (message: string, call: string, line: number) =>
  comError({
    code: "VBOX_E_INVALID_VM_STATE",
    reporter: "console",
    message,
    context: { call, line, file: FILE },
  });

/** After a guru meditation nothing is left but its power. The texts are those of VirtualBox's source. */
function refuseStuck({ power }: VirtualMachine, call: string): void {
  if (power.stuck) throw invalidState("GuruMeditation", call, 560);
}

/** Only the state says so: the lab machine itself goes on. */
async function setPaused(box: Box, name: string, paused: boolean): Promise<Answer> {
  return change(box, (session) => {
    const machine = openConsole(session, name);
    const call = paused ? "Pause()" : "Resume()";
    checkPhase(machine, call);
    if (paused) refuseStuck(machine, call);
    if (paused && machine.power.paused) throw invalidState("Paused", call, 560);
    if (!paused && !machine.power.paused) {
      const state = machine.power.stuck ? "GuruMeditation" : "Running";
      throw inState(`Cannot resume the machine as it is not paused (machine state: ${state})`, call, 560);
    }
    machine.power = { phase: "on", since: session.now().toISOString(), paused };
    return ok();
  });
}

/**
 * Cuts the power, or saves the state: in the lab the machine that goes on from there boots, and what was in its memory is
 * lost. Other calls go on meanwhile: the state is not locked while the machine goes down.
 */
async function powerOff(box: Box, name: string, { keep = false } = {}): Promise<Answer> {
  const stopped = await change(box, (session) => {
    const machine = openConsole(session, name);
    checkPhase(machine, "PowerDown(progress.asOutParam())");
    // 8 is the number of that state.
    if (keep && machine.power.stuck) throw refuse("Machine in invalid state 8 -- guru meditation.");
    machine.power = { phase: "stopping", since: session.now().toISOString(), worker: thisProcess() };
    log(machine, session.now(), "Changing the VM state from 'RUNNING' to 'POWERING_OFF'");
    return machine;
  });
  try {
    await box.machines.powerOff(stopped.uuid);
  } finally {
    await change(box, ({ state, now }) => {
      const machine = state.machines.find(({ uuid }) => uuid === stopped.uuid);
      if (!machine) return;
      delete machine.power.worker; // what became of it is seen at once by asking the lab machine
      log(machine, now(), "Changing the VM state from 'POWERING_OFF' to 'TERMINATED'");
    });
    await change(box, ({ state, now }) => {
      const machine = state.machines.find(({ uuid }) => uuid === stopped.uuid);
      if (keep && machine?.power.phase === "off") machine.power.saved = saveState(machine, now());
    });
  }
  return ok("", PROGRESS);
}

/** @returns the file with the state, named after the moment as VirtualBox does */
function saveState(machine: VirtualMachine, now: Date): string {
  const folder = snapshotsFolder(machine);
  const file = join(folder, `${now.toISOString().replace("Z", "000000Z").replaceAll(/[:.]/g, "-")}.sav`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, "");
  return file;
}

async function putString(box: Box, name: string, words: string[]): Promise<Answer> {
  return withRunning(
    box,
    name,
    "COMGETTER(Keyboard)(pKeyboard.asOutParam())",
    async ({ machines }, machine) => {
      if (words.length === 0)
        throw failing(
          syntaxError("controlvm", "Missing argument to 'keyboardputstring'. Expected ASCII string(s)."),
        );
      if (!machine.power.stuck) await machines.type(machine.uuid, typeable(words.join(" ")));
    },
  );
}

async function putScancodes(box: Box, name: string, codes: string[]): Promise<Answer> {
  let shiftHeld = false;
  const answer = await withRunning(
    box,
    name,
    "COMGETTER(Keyboard)(pKeyboard.asOutParam())",
    async ({ machines }, machine) => {
      if (codes.length === 0)
        throw failing(
          syntaxError(
            "controlvm",
            "Missing argument to 'keyboardputscancode'. Expected IBM PC AT set 2 keyboard scancode(s).",
          ),
        );
      const wrong = codes.find((code) => !/^[0-9a-f]{2}$/i.test(code));
      if (wrong !== undefined)
        throw new Refusal({ exit: 1, stdout: "", stderr: errorLine(`'${wrong}' is not a hex byte!`) });
      const typed = decodeScancodes(codes, machine.shiftHeld);
      if (typed.unknown.length > 0)
        throw notModelled("controlvm", `typing the scan code(s) ${typed.unknown.join(" ")}`);
      shiftHeld = typed.shiftHeld;
      if (typed.text !== "" && !machine.power.stuck) await machines.type(machine.uuid, typed.text);
    },
  );
  await change(box, ({ state }) => {
    const machine = state.machines.find((one) => one.name === name || one.uuid === name);
    if (machine) machine.shiftHeld = shiftHeld;
  });
  return answer;
}

/** The same message; these calls end with 1 where others end with 2. */
const failing = ({ answer }: Refusal) => new Refusal({ ...answer, exit: 1 });
