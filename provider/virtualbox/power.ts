import { isFault, mayPass, VBoxManageError } from "./errors";
import { explain } from "./failure";
import { adviceOn, isOff, isRunning, isSaved, phaseOf } from "./phase";
import { retryWhilePassing } from "../retry";
import { VBoxManage } from "./vboxmanage";
import { look, Vm } from "./vm";

/** Milliseconds between looks at a machine whose state is to change. */
const POLL = 500;
/** Milliseconds in which what VirtualBox is doing to a machine must be over; deleting a snapshot takes minutes. */
const PASSING_DEADLINE = 600_000;

export interface PowerOff {
  /** Milliseconds that the machine's own system gets to shut down; 0 cuts the power at once. 60 s unless told. */
  patience?: number;
  /** Milliseconds after the power is cut until the machine must be off and free. 60 s unless told. */
  deadline?: number;
}

const DEADLINE = 60_000;

/**
 * Starts a machine without a window and returns as soon as it runs; a machine that runs already is left alone, one that
 * is paused or saved goes on, and one that VirtualBox stopped for good is started anew. What VirtualBox is doing to it is
 * waited for.
 * @throws VBoxManageError with the log's last lines
 */
export async function start(vbox: VBoxManage, uuid: string): Promise<void> {
  const since = Date.now();
  const attempt = async () => {
    // Looked at before each attempt: one that was said to fail may have started the machine after all.
    const vm = await settled(vbox, uuid);
    if (vm && isRunning(vm)) return;
    if (vm && phaseOf(vm) === "paused") return void (await vbox.call(["controlvm", uuid, "resume"]));
    if (vm && phaseOf(vm) === "stuck") await cutPower(vbox, uuid, DEADLINE);
    await vbox.call(["startvm", uuid, "--type", "headless"], {
      timeout: 180_000,
      // It may end with exit code 1 though it says this.
      success: /has been successfully started/,
    });
  };
  try {
    await retryWhilePassing(attempt, {
      clock: vbox.clock,
      signal: vbox.signal,
      passes: mayPass,
      onRetry: (error) => vbox.waiting(`waiting to start: ${(error as VBoxManageError).reason}`),
    });
  } catch (error) {
    throw error instanceof VBoxManageError ? await explain(vbox, uuid, error, since) : error;
  }
}

/**
 * Brings a machine to a stop and returns when nobody holds it any more, so that it can be changed or removed.
 * First its system is asked to shut down (ACPI power button), for which a paused or saved one has to go on, then the
 * power is cut. With no patience a saved state is dropped. What VirtualBox is doing to the machine is waited for.
 * A machine that is off or gone is fine.
 */
export async function powerOff(vbox: VBoxManage, uuid: string, options: PowerOff = {}): Promise<void> {
  const { patience = 60_000, deadline = DEADLINE } = options;
  let vm = await settled(vbox, uuid);
  if (vm && patience > 0 && (phaseOf(vm) === "paused" || isSaved(vm))) {
    await goOn(vbox, vm);
    vm = await settled(vbox, uuid);
  }
  if (vm && isRunning(vm) && patience > 0) {
    await vbox.tolerating(["not-running"], ["controlvm", uuid, "acpipowerbutton"]);
    vbox.waiting(`waiting up to ${patience / 1000} s for ${vm.name} to shut down`);
    vm = await waitUntil(vbox, uuid, patience, isOff);
  }
  if (vm && !isOff(vm)) await cutPower(vbox, uuid, deadline);
  vm = await released(vbox, uuid, deadline);
  if (vm && isSaved(vm)) await vbox.retrying(["discardstate", uuid]);
}

/** Lets a machine go on that is paused or saved. */
async function goOn(vbox: VBoxManage, vm: Vm): Promise<void> {
  if (!isSaved(vm)) return void (await vbox.tolerating(["not-running"], ["controlvm", vm.uuid, "resume"]));
  vbox.waiting(`${vm.name} goes on from its saved state, so that it can shut down`);
  await start(vbox, vm.uuid);
}

/** Cuts a machine's power, and returns when it is off and free. */
async function cutPower(vbox: VBoxManage, uuid: string, deadline: number): Promise<void> {
  await vbox.tolerating(["not-running", "missing"], ["controlvm", uuid, "poweroff"]);
  const vm = await waitUntil(vbox, uuid, deadline, isOff);
  if (vm && !isOff(vm))
    throw stuck(
      vm,
      `it is still ${vm.state} ${deadline / 1000} s after its power was cut. End its process with ` +
        `\`VBoxManage startvm ${uuid} --type emergencystop\`, and run this again`,
    );
  await released(vbox, uuid, deadline);
}

/** Waits until no process holds a machine that is off. */
async function released(vbox: VBoxManage, uuid: string, deadline: number): Promise<Vm | undefined> {
  let vm = await look(vbox, uuid);
  if (!vm?.locked) return vm;
  vbox.waiting(`waiting until VirtualBox lets go of ${vm.name}`);
  vm = await waitUntil(vbox, uuid, deadline, (seen) => !seen.locked);
  if (vm?.locked)
    throw stuck(
      vm,
      `it is off, but some process still holds it after ${deadline / 1000} s. Close VirtualBox's window, or the ` +
        "dialog with the machine's settings, end what else works on it, and run this again",
    );
  return vm;
}

/** Waits until VirtualBox has done with a machine what it is doing: starting, saving, taking or deleting a snapshot. */
async function settled(vbox: VBoxManage, uuid: string): Promise<Vm | undefined> {
  const isSettled = (vm: Vm) => phaseOf(vm) !== "passing";
  let vm = await look(vbox, uuid);
  if (!vm || isSettled(vm)) return vm;
  vbox.waiting(`waiting for VirtualBox: ${vm.name} is ${vm.state}`);
  vm = await waitUntil(vbox, uuid, PASSING_DEADLINE, isSettled);
  if (vm && !isSettled(vm))
    throw stuck(
      vm,
      `it is still ${vm.state} after ${PASSING_DEADLINE / 1000} s. ${adviceOn(vm)}` +
        (vm.locked
          ? ` Should it never be, \`VBoxManage startvm ${uuid} --type emergencystop\` ends its process, as a power cut would.`
          : ""),
    );
  return vm;
}

/** Looks at the machine until the condition holds, it is gone, or the time is up; returns the last look. */
async function waitUntil(
  vbox: VBoxManage,
  uuid: string,
  milliseconds: number,
  condition: (vm: Vm) => boolean,
): Promise<Vm | undefined> {
  const end = vbox.clock.now() + milliseconds;
  for (;;) {
    const vm = await look(vbox, uuid);
    if (!vm || condition(vm) || vbox.clock.now() >= end) return vm;
    await vbox.sleep(POLL);
  }
}

function stuck(vm: Vm, reason: string): Error {
  return new Error(`${vm.name} does not come to rest: ${reason.replace(/\.?$/, ".")}`);
}

/** Runs a call that changes a machine; a failure tells the machine's state and its log's last lines. */
export async function change(vbox: VBoxManage, uuid: string, args: string[]): Promise<void> {
  try {
    await vbox.retrying(args);
  } catch (error) {
    throw isFault(error, "locked", "busy") ? await explain(vbox, uuid, error) : error;
  }
}
