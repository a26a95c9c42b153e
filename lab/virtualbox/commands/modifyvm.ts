import { Answer, ok } from "../answer";
import { Box, change } from "../box";
import { changeAdapter, ADAPTER_OPTIONS } from "../modify-adapter";
import { changeSetting, SETTING_OPTIONS } from "../modify-settings";
import { moveMachine } from "../move-machine";
import { GivenOption, parseOptions } from "../options";
import { findMachine } from "../registry";
import { parseGroups } from "../groups";
import { lockForWriting, requireMutable } from "../sessions";
import { notModelled, syntaxError } from "../syntax";
import { modifyvmUsage } from "../usage-modifyvm";

const FILE = "VBoxManageModifyVM.cpp";
const OPTIONS = [
  { names: ["--name"], kind: "string" } as const,
  { names: ["--groups"], kind: "string" } as const,
  ...SETTING_OPTIONS,
  ...ADAPTER_OPTIONS,
].map((definition) => ({ ...definition, names: [...definition.names] }));

/** `modifyvm`: changes a VM that is off. Nothing is changed unless every option could be. */
export async function modifyvm(box: Box, args: string[]): Promise<Answer> {
  const [name, ...rest] = args;
  if (name === undefined) throw syntaxError("modifyvm", "Not enough parameters");
  return change(box, async (session) => {
    const now = session.now();
    const machine = findMachine(session.state, name, {
      ...{ variable: "a->argv[0]", line: 676, file: FILE },
      then: { call: "LockMachine(a->session, LockType_Write)", line: 901 },
      before: { call: "COMGETTER(Platform)(pPlatform.asOutParam())", line: 49, file: "VBoxManageUtils.cpp" },
    });
    const words = joinDeletions(rest);
    refuseUnmodelled(words);
    const { given } = parseOptions("modifyvm", words, OPTIONS, 1);
    lockForWriting(machine, now, { line: 683, file: FILE });
    // The call that is named is that of the first option; only this one's was seen.
    requireMutable(machine, "mutable", "COMSETTER(MemorySize)(ValueUnion.u32)", { line: 988, file: FILE });
    const interfaces = given.some(({ name }) => NAMES_INTERFACE.includes(name))
      ? await session.network.interfaces()
      : [];
    let warnings = "";
    for (const option of given) {
      if (option.name === "--name") moveMachine(session.state, machine, { name: option.value });
      else if (option.name === "--groups")
        moveMachine(session.state, machine, {
          groups: parseGroups(option.value, "COMSETTER(Groups)(ComSafeArrayAsInParam(groups))"),
        });
      else if (isAdapterOption(option)) warnings += changeAdapter(machine, option, interfaces);
      else changeSetting(machine, option);
    }
    return ok("", warnings);
  });
}

const NAMES_INTERFACE = ["--bridge-adapter", "--host-only-adapter"];

const isAdapterOption = ({ name }: GivenOption) => ADAPTER_OPTIONS.some(({ names }) => names[0] === name);

/** `--nat-pf1 delete NAME` takes two words; joins them. */
function joinDeletions(args: string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const deletes =
      /^--nat-?pf\d+$/.test(args[at]) && args[at + 1] === "delete" && args[at + 2] !== undefined;
    joined.push(args[at]);
    if (deletes) joined.push(`delete=${args[(at += 2)]}`);
  }
  return joined;
}

/** Names of all options in VirtualBox's own usage text, without the number that some end with. */
const REAL_OPTIONS = new Set([...modifyvmUsage.matchAll(/--[a-z0-9-]*[a-z0-9]/g)].map(([option]) => option));

/** Options of the real one that the stand-in would have to ignore. */
function refuseUnmodelled(words: string[]): void {
  const modelled = OPTIONS.flatMap(({ names }) => names);
  for (const word of words) {
    const stem = word.split("=")[0].replace(/([a-z])\d+$/, "$1");
    if (modelled.includes(stem) || modelled.includes(word.split("=")[0])) continue;
    if (REAL_OPTIONS.has(stem)) throw notModelled("modifyvm", `modifyvm ${stem}`);
  }
}
