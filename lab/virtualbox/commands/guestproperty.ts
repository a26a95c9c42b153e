import { Answer, ok } from "../answer";
import { Box, change, look } from "../box";
import { findMachine } from "../registry";
import { lockShared } from "../sessions";
import { notModelled, syntaxError } from "../syntax";

const FILE = "VBoxManageGuestProp.cpp";

/** `guestproperty get` and `set`: values that the host keeps for a VM. No guest in the lab reads them. */
export async function guestproperty(box: Box, [action, ...args]: string[]): Promise<Answer> {
  if (action === "get") return get(box, args);
  if (action === "set") return set(box, args);
  throw notModelled("guestproperty", `guestproperty ${action ?? "without a sub-command"}`);
}

async function get(box: Box, args: string[]): Promise<Answer> {
  if (args.length !== 2) throw syntaxError("guestproperty", "Incorrect parameters");
  const [name, key] = args;
  return look(box, ({ state, now }) => {
    const machine = findMachine(state, name, { variable: "a->argv[0]", line: 105, file: FILE });
    lockShared(machine, now(), { line: 109, file: FILE });
    const { guestProperties } = machine;
    return ok(Object.hasOwn(guestProperties, key) ? `Value: ${guestProperties[key]}\n` : "No value set!\n");
  });
}

async function set(box: Box, args: string[]): Promise<Answer> {
  if (args.some((word) => word.startsWith("--")))
    throw notModelled("guestproperty", "guestproperty set --flags");
  if (args.length < 2 || args.length > 3) throw syntaxError("guestproperty", "Incorrect parameters");
  const [name, key, value] = args;
  return change(box, ({ state, now }) => {
    const machine = findMachine(state, name, { variable: "a->argv[0]", line: 172, file: FILE });
    lockShared(machine, now(), { line: 176, file: FILE });
    if (value) machine.guestProperties[key] = value;
    else delete machine.guestProperties[key];
    return ok();
  });
}
