import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Answer, ok } from "../answer";
import { Box, look } from "../box";
import { comError, comLines } from "../com-error";
import { describeMachine } from "../machine-info";
import { parseOptions } from "../options";
import { findMachine, logFolder } from "../registry";
import { State, VirtualMachine } from "../state";
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
    if (log === undefined) return describe(state, machine, options.has("--machinereadable"));
    if (options.has("--machinereadable") || options.has("--details"))
      throw syntaxError("showvminfo", "Option --log is exclusive");
    return ok(readLog(machine, Number(log)));
  });
}

/** Of a VM that goes down the description breaks off where its process would have to be asked. The error is a guess. */
function describe(state: State, machine: VirtualMachine, machineReadable: boolean): Answer {
  const text = describeMachine(state, machine, { machineReadable, console: true });
  if (machine.power.phase !== "stopping") return ok(text);
  const lines = text.split("\n");
  const end = lines.findIndex((line) => /^Session ?[nN]ame/.test(line)) + 1;
  const stderr = comLines({
    code: "E_ACCESSDENIED",
    reporter: "sessionMachine",
    message: "The object is not ready",
  });
  return { exit: 1, stdout: lines.slice(0, end).join("\n") + "\n", stderr };
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
