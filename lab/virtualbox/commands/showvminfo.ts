import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Answer, ok } from "../answer";
import { Box, look } from "../box";
import { comError } from "../com-error";
import { describeMachine } from "../machine-info";
import { parseOptions } from "../options";
import { findMachine, logFolder } from "../registry";
import { VirtualMachine } from "../state";
import { syntaxError } from "../syntax";

/** `showvminfo`: a VM's settings and state, or one of its logs. */
export async function showvminfo(box: Box, args: string[]): Promise<Answer> {
  const options = parseOptions("showvminfo", args, [
    { names: ["--details", "-details"], kind: "flag" },
    { names: ["--machinereadable", "-machinereadable"], kind: "flag" },
    { names: ["--log"], kind: "number" },
  ]);
  const [name, surplus] = options.words;
  if (surplus !== undefined) throw syntaxError("showvminfo", `Invalid parameter '${surplus}'`);
  if (name === undefined) throw syntaxError("showvminfo", "VM name or UUID required");
  return look(box, ({ state }) => {
    const machine = findMachine(state, name, {
      variable: "VMNameOrUuid",
      line: 3248,
      file: "VBoxManageInfo.cpp",
      then: { call: "LockMachine(a->session, LockType_Shared)", line: 3328 },
    });
    const log = options.value("--log");
    if (log === undefined) return ok(describeMachine(state, machine, options.has("--machinereadable")));
    if (options.has("--machinereadable") || options.has("--details"))
      throw syntaxError("showvminfo", "Option --log is exclusive");
    return ok(readLog(machine, Number(log)));
  });
}

function readLog(machine: VirtualMachine, index: number): string {
  const file = join(logFolder(machine), index === 0 ? "VBox.log" : `VBox.log.${index}`);
  if (existsSync(file)) return readFileSync(file, "utf8");
  throw comError({
    code: "VBOX_E_FILE_ERROR",
    reporter: "machine",
    message: `Could not open log file '${file}' (VERR_FILE_NOT_FOUND)`,
    context: {
      call: "ReadLog(uLogIdx, uOffset, _1M, ComSafeArrayAsOutParam(aLogData))",
      line: 3287,
      file: "VBoxManageInfo.cpp",
    },
  });
}
