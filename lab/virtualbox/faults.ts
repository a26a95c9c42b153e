import { setTimeout as sleep } from "node:timers/promises";
import { Answer, errorLine } from "./answer";
import { comLines } from "./com-error";
import { readJson, writeAtomically } from "../json-file";
import { Store } from "./store";

/** Faults to inject, from faults.json; README.md describes it for test authors. */
export interface Faults {
  /** Milliseconds for which a VM's session stays locked after it went off. */
  unlockDelay?: number;
  /** The kernel driver is not loaded: VMs don't start, host-only interfaces can't be made. */
  noDriver?: boolean;
  /** The driver's warning comes on stdout before every answer. */
  driverWarning?: boolean;
  calls?: CallFault[];
}

export interface CallFault {
  /** First word of the calls that are hit. */
  verb: string;
  /** Only calls whose arguments, joined by spaces, contain this. */
  contains?: string;
  /** How many calls are still let through before. */
  skip?: number;
  /** How many calls are still hit. */
  times: number;
  /** Milliseconds that the call takes longer. */
  delay?: number;
  error?: "locked" | "not-ready" | "access-denied" | "no-service";
  /** The call does its work all the same and only then answers with the error. */
  afterwards?: boolean;
}

const FILE = "faults.json";

/** How long VirtualBox's own "unlocking" lasts in the lab when faults.json does not say. */
export const DEFAULT_UNLOCK_DELAY = 300;

const DRIVER_WARNING = `WARNING: The character device /dev/vboxdrv does not exist.
\t Please install the virtualbox-dkms package and the appropriate
\t headers, most likely linux-headers-amd64.

\t You will not be able to start VMs until this problem is fixed.
`;

export const readFaults = (store: Store): Faults => readJson(store.file(FILE)) ?? {};

/** Runs a call with the faults that are meant for it, and counts them down. */
export async function withFaults(store: Store, args: string[], call: () => Promise<Answer>): Promise<Answer> {
  const faults = readFaults(store);
  const fault = faults.calls?.some((one) => matches(one, args)) ? await draw(store, args) : undefined;
  if (fault?.delay) await sleep(fault.delay);
  const error = fault?.error && errorAnswer(fault.error, args);
  let answer: Answer;
  if (error && !fault.afterwards) answer = error;
  else {
    answer = await call();
    if (error) answer = error;
  }
  return faults.driverWarning ? { ...answer, stdout: DRIVER_WARNING + answer.stdout } : answer;
}

const matches = (fault: CallFault, args: string[]) =>
  fault.verb === args[0] && fault.times > 0 && args.join(" ").includes(fault.contains ?? "");

/** Takes one use of the first fault that hits this call. */
async function draw(store: Store, args: string[]): Promise<CallFault | undefined> {
  return store.locked(async () => {
    const faults = readFaults(store);
    const fault = faults.calls?.find((one) => matches(one, args));
    if (!fault) return undefined;
    const early = (fault.skip ?? 0) > 0;
    if (early) fault.skip!--;
    else fault.times--;
    writeAtomically(store.file(FILE), JSON.stringify(faults, null, 2));
    return early ? undefined : fault;
  });
}

function errorAnswer(error: NonNullable<CallFault["error"]>, args: string[]): Answer {
  const machine = args.find((word, at) => at > 0 && !word.startsWith("-")) ?? "";
  const context = {
    call: "LockMachine(a->session, LockType_Write)",
    line: 683,
    file: "VBoxManageModifyVM.cpp",
  };
  const stderr = {
    locked: comLines({
      code: "VBOX_E_INVALID_OBJECT_STATE",
      reporter: "machine",
      message: `The machine '${machine}' is already locked for a session (or being unlocked)`,
      context,
    }),
    "not-ready": comLines({
      code: "E_ACCESSDENIED",
      reporter: "sessionMachine",
      message: "The object is not ready",
      context,
    }),
    "access-denied":
      errorLine("Code E_ACCESSDENIED (0x80070005) - Access denied (extended info not available)") +
      errorLine(`Context: "${context.call}" at line ${context.line} of file ${context.file}`),
    "no-service":
      errorLine("Failed to create the VirtualBox object!") +
      errorLine("Code NS_ERROR_FAILURE (0x80004005) - Operation failed (extended info not available)") +
      errorLine("Most likely, the VirtualBox COM server is not running or failed to start."),
  }[error];
  return { exit: 1, stdout: "", stderr };
}
