import { rmSync } from "node:fs";
import { Answer, ok } from "../answer";
import { Box, change } from "../box";
import { comLines } from "../com-error";
import { findMachine } from "../registry";
import { lockForWriting } from "../sessions";
import { syntaxError } from "../syntax";

const FILE = "VBoxManageMisc.cpp";

/** `discardstate`: drops a saved state. Without one it complains, and its exit code is 0 all the same. */
export async function discardstate(box: Box, args: string[]): Promise<Answer> {
  const [name, surplus] = args;
  if (name === undefined || surplus !== undefined)
    throw syntaxError("discardstate", "Incorrect number of parameters");
  return change(box, ({ state, now }) => {
    const machine = findMachine(state, name, { variable: "a->argv[0]", line: 1282, file: FILE });
    lockForWriting(machine, now(), { line: 1287, file: FILE });
    const { saved, aborted } = machine.power;
    if (saved === undefined)
      return ok(
        "",
        comLines({
          code: "VBOX_E_INVALID_VM_STATE",
          reporter: "sessionMachine",
          message: `Cannot discard the saved state as the machine is not in the Saved or Aborted-Saved state (machine state: ${aborted ? "Aborted" : "PoweredOff"})`,
          context: { call: "DiscardSavedState(true )", line: 1292, file: FILE },
        }),
      );
    rmSync(saved, { force: true });
    machine.power = { phase: "off", since: now().toISOString() };
    return ok();
  });
}
