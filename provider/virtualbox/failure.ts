import { readFile, stat } from "node:fs/promises";
import { release } from "node:os";
import { join } from "node:path";
import { classify, VBoxManageError } from "./errors";
import { kvmAdvice } from "./kvm";
import { adviceOn } from "./phase";
import { VBoxManage } from "./vboxmanage";
import { readVersion } from "./version";
import { look, Vm } from "./vm";

const LOG_LINES = 20;

/**
 * Adds to a failure what helps to understand it: the machine's state, the last lines of its log (if it was written
 * to since `since`), and what KVM or the processor have to do with it.
 * @param since milliseconds as of Date.now(); any log will do where left out
 */
export async function explain(
  vbox: VBoxManage,
  uuid: string,
  error: VBoxManageError,
  since = 0,
): Promise<VBoxManageError> {
  const vm = await look(vbox, uuid).catch(() => undefined);
  if (!vm) return error;
  const log = await lastLogLines(vm, since);
  // startvm itself often says no more than "terminated unexpectedly"; the log has the code.
  const fault = error.fault === "failed" && log ? classify(error.args, log) : error.fault;
  return error.with(
    fault === "kvm-conflict" ? await kvmHint(vbox) : undefined,
    fault === "no-virtualization" && fault !== error.fault ? noVirtualization() : undefined,
    `The state of ${vm.name} is ${vm.state}.`,
    adviceOn(vm),
    log && `Last lines of ${join(vm.logFolder, "VBox.log")}:\n${log}`,
  );
}

async function lastLogLines(vm: Vm, since: number): Promise<string | undefined> {
  if (!vm.logFolder) return undefined;
  const file = join(vm.logFolder, "VBox.log");
  try {
    if ((await stat(file)).mtimeMs < since) return undefined;
    return (await readFile(file, "utf8")).trimEnd().split(/\r?\n/).slice(-LOG_LINES).join("\n") || undefined;
  } catch {
    return undefined; // it never got as far as a log
  }
}

async function kvmHint(vbox: VBoxManage): Promise<string | undefined> {
  const known = await readVersion(vbox).catch(() => undefined);
  return known && kvmAdvice(known.version, release());
}

function noVirtualization(): string {
  return "The log tells that this processor's virtualization (VT-x, AMD-V) is missing or switched off in the firmware set-up.";
}
