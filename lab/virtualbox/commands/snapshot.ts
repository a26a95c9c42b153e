import { Answer, ok, PROGRESS } from "../answer";
import { Box, change } from "../box";
import { comError } from "../com-error";
import { parseOptions } from "../options";
import { findMachine } from "../registry";
import { isActive } from "../sessions";
import { deleteSnapshot, takeSnapshot } from "../snapshots";
import { notModelled, syntaxError } from "../syntax";

const FILE = "VBoxManageSnapshot.cpp";

/** `snapshot`: take and delete, of a VM that is off. */
export async function snapshot(box: Box, args: string[]): Promise<Answer> {
  const { words } = parseOptions("snapshot", args, [{ names: ["--description"], kind: "string" }]);
  const [machineName, action, name] = words;
  if (machineName === undefined || action === undefined)
    throw syntaxError("snapshot", "Not enough parameters");
  if (action !== "take" && action !== "delete") throw notModelled("snapshot", `snapshot ${action}`);
  if (name === undefined) throw syntaxError("snapshot", "Missing snapshot name");
  return change(box, (session) => {
    const machine = findMachine(session.state, machineName, {
      variable: "a->argv[0]",
      line: 575,
      file: FILE,
    });
    if (isActive(machine)) throw notModelled("snapshot", "a snapshot of a VM that runs");
    if (machine.power.saved !== undefined)
      throw notModelled("snapshot", "a snapshot of a VM with a saved state");
    if (action === "take")
      return ok(`Snapshot taken. UUID: ${takeSnapshot(session, machine, name).uuid}\n`, PROGRESS);
    const found = machine.snapshots?.find((one) => one.name === name || one.uuid === name);
    if (!found)
      throw comError({
        code: "VBOX_E_OBJECT_NOT_FOUND",
        reporter: "machine",
        message: `Could not find a snapshot named '${name}'`,
        context: {
          call: "FindSnapshot(Bstr(a->argv[2]).raw(), pSnapshot.asOutParam())",
          line: 664,
          file: FILE,
        },
      });
    deleteSnapshot(session, machine, found);
    return ok(`Deleting snapshot '${found.name}' (${found.uuid})\n`, PROGRESS);
  });
}
