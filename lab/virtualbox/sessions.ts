import { readFileSync } from "node:fs";
import { comError } from "./com-error";
import { Power, ProcessIdentity, VirtualMachine } from "./state";

/** What can be seen of a VM from outside. */
export interface Sight {
  running: boolean;
  /** The process that starts or stops it is still there. */
  workerAlive: boolean;
  now: Date;
  /** Milliseconds for which the session stays locked after the VM went off. */
  unlockDelay: number;
}

/**
 * The power of a VM after a look at its lab machine: a guest may have shut itself down, and a VBoxManage that
 * started or stopped it may have been killed half way. Returns the same object when nothing changed.
 */
export function observePower(power: Power, { running, workerAlive, now, unlockDelay }: Sight): Power {
  if ((power.phase === "starting" || power.phase === "stopping") && workerAlive) return power;
  const phase = running ? "on" : "off";
  if (power.phase === phase) return power;
  // It went on from a saved state, and did not come far: the state stays.
  if (power.phase === "starting" && phase === "off" && power.saved !== undefined)
    return { phase, since: now.toISOString(), saved: power.saved, aborted: true };
  return phase === "on"
    ? { phase, since: now.toISOString() }
    : { phase, since: now.toISOString(), unlocksAt: now.getTime() + unlockDelay };
}

/** Whether a VM is off but its session not yet closed: changes are refused for that moment. */
export const isUnlocking = ({ phase, unlocksAt }: Power, now: Date) =>
  phase === "off" && unlocksAt !== undefined && now.getTime() < unlocksAt;

/** Whether a process of the VM exists. */
export const isActive = (machine: VirtualMachine) => machine.power.phase !== "off";

/** Where VBoxManage asks for a session, for the error's context. */
export interface Place {
  line: number;
  file: string;
}

const locked = (machine: VirtualMachine, type: string, place: Place) =>
  comError({
    code: "VBOX_E_INVALID_OBJECT_STATE",
    reporter: "machine",
    message: `The machine '${machine.name}' is already locked for a session (or being unlocked)`,
    context: { call: `LockMachine(a->session, LockType_${type})`, ...place },
  });

/** A session that changes the VM's settings. @throws Refusal unless the VM is off and unlocked. */
export function lockForWriting(machine: VirtualMachine, now: Date, place: Place): void {
  if (isActive(machine) || isUnlocking(machine.power, now)) throw locked(machine, "Write", place);
}

/** What a VM with a saved state is refused. @throws Refusal while it has one */
export function requireMutable(
  machine: VirtualMachine,
  what: "mutable" | "mutable or running",
  call: string,
  place: Place,
): void {
  if (machine.power.saved === undefined) return;
  throw comError({
    code: "VBOX_E_INVALID_VM_STATE",
    reporter: "sessionMachine",
    message: `The machine is not ${what} (state is ${machine.power.aborted ? "Aborted-Saved" : "Saved"})`,
    context: { call, ...place },
  });
}

/** A session beside a running VM's own. @throws Refusal while the VM's session is being closed. */
export function lockShared(machine: VirtualMachine, now: Date, place: Place): void {
  if (isUnlocking(machine.power, now)) throw locked(machine, "Shared", place);
}

/** The process that runs this. */
export const thisProcess = (): ProcessIdentity => ({ pid: process.pid, started: startOf(process.pid)! });

/** Whether that very process still exists. */
export const isAlive = ({ pid, started }: ProcessIdentity) => startOf(pid) === started;

/** When a process started, in clock ticks after boot; undefined if there is none. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
