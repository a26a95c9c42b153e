import { numberError, optionError } from "./syntax";

/** What follows an option on the command line. */
export type OptionKind = "flag" | "string" | "number" | "onoff" | "uuid";

/** One option under all the names that VBoxManage gives it; the first one is the canonical one. */
export interface OptionDefinition {
  names: string[];
  kind: OptionKind;
  /** The name ends with a number from 1, as in `--nic2`. */
  indexed?: boolean;
}

/** An option as it was given. `value` is "on" or "off" for an onoff option, "" for a flag. */
export interface GivenOption {
  name: string;
  index: number;
  value: string;
}

export interface Parsed {
  /** In the order of the command line. */
  given: GivenOption[];
  /** Words that are no options. */
  words: string[];
  /** The last value given for an option, by its canonical name. */
  value(name: string): string | undefined;
  has(name: string): boolean;
}

export const UUID = /^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/i;

/**
 * Reads a command line as VBoxManage does: options and words in any order, `--name value` and `--name=value`.
 * @throws Refusal for an unknown option, a missing value, a value of the wrong kind.
 */
export function parseOptions(
  command: string,
  args: string[],
  definitions: OptionDefinition[],
  errorExit: 1 | 2 = 2,
): Parsed {
  const given: GivenOption[] = [];
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const argument = args[at];
    if (!argument.startsWith("-") || argument === "-") {
      words.push(argument);
      continue;
    }
    const [option, inline] = split(argument);
    const found = find(option, definitions);
    if (!found) throw optionError(command, `Unknown option: ${argument}`, errorExit);
    const { definition, index } = found;
    if (definition.kind === "flag") {
      given.push({ name: definition.names[0], index, value: "" });
      continue;
    }
    const raw = inline ?? args[++at];
    if (raw === undefined)
      throw optionError(command, `${option}: VERR_GETOPT_REQUIRED_ARGUMENT_MISSING`, errorExit);
    given.push({ name: definition.names[0], index, value: check(command, definition, raw, errorExit) });
  }
  const value = (name: string) => given.filter((option) => option.name === name).at(-1)?.value;
  return { given, words, value, has: (name) => value(name) !== undefined };
}

function split(argument: string): [string, string | undefined] {
  const sign = argument.search(/[=:]/);
  return sign < 0 ? [argument, undefined] : [argument.slice(0, sign), argument.slice(sign + 1)];
}

function find(option: string, definitions: OptionDefinition[]) {
  for (const definition of definitions) {
    if (!definition.indexed) {
      if (definition.names.includes(option)) return { definition, index: 0 };
      continue;
    }
    const match = /^(--[a-z-]*[a-z])([1-9]\d*)$/i.exec(option);
    if (match && definition.names.includes(match[1])) return { definition, index: Number(match[2]) };
  }
  return undefined;
}

function check(command: string, definition: OptionDefinition, raw: string, errorExit: 1 | 2): string {
  switch (definition.kind) {
    case "number":
      if (!/^(0x[0-9a-f]+|\d+)$/i.test(raw)) throw numberError(errorExit);
      return String(Number(raw));
    case "onoff":
      if (raw !== "on" && raw !== "off") throw optionError(command, `Unknown option: ${raw}`, errorExit);
      return raw;
    case "uuid": {
      const uuid = UUID.exec(raw);
      if (!uuid) throw optionError(command, `Invalid argument format: ${raw}`, errorExit);
      return uuid[1].toLowerCase();
    }
    default:
      return raw;
  }
}
