import { Answer, ok } from "../answer";
import { Box, change, look } from "../box";
import { findMachine, Lookup } from "../registry";
import { State } from "../state";
import { syntaxError } from "../syntax";

/** `getextradata`: a key that is not set is no error. */
export async function getextradata(box: Box, args: string[]): Promise<Answer> {
  if (args.length !== 2) throw syntaxError("getextradata", "Incorrect number of parameters");
  const [owner, key] = args;
  return look(box, ({ state }) => {
    const data = dataOf(state, owner, 584, {
      then: { call: "GetExtraData(Bstr(a->argv[1]).raw(), value.asOutParam())", line: 1403 },
      beside: "No value set!\n",
    });
    if (key === "enumerate")
      return ok(
        Object.entries(data)
          .map(([name, value]) => `Key: ${name}, Value: ${value}\n`)
          .join(""),
      );
    return ok(Object.hasOwn(data, key) ? `Value: ${data[key]}\n` : "No value set!\n");
  });
}

/** `setextradata`: without a value, the key is deleted. Works on a running VM too. */
export async function setextradata(box: Box, args: string[]): Promise<Answer> {
  if (args.length < 2 || args.length > 3) throw syntaxError("setextradata", "Not enough parameters");
  const [owner, key, value] = args;
  return change(box, ({ state }) => {
    const data = dataOf(state, owner, 663);
    if (value) data[key] = value;
    else delete data[key];
    return ok();
  });
}

const dataOf = (state: State, owner: string, line: number, lookup: Partial<Lookup> = {}) =>
  owner === "global"
    ? state.extraData
    : findMachine(state, owner, { variable: "a->argv[0]", line, file: "VBoxManageMisc.cpp", ...lookup })
        .extraData;
