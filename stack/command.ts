import { createInterface } from "node:readline/promises";

/** The arguments are wrong; the message says how. */
export class Misuse extends Error {}

/** What somebody asked for: words, options with a value, and flags, each by its name without dashes. */
export interface Arguments {
  words: string[];
  options: Record<string, string>;
  flags: Set<string>;
}

/**
 * Reads a command line: `--name value` or `--name=value` for an option, `--name` for a flag.
 * @throws Misuse
 */
export function readArguments(
  args: readonly string[],
  known: { options: readonly string[]; flags: readonly string[] },
): Arguments {
  const read: Arguments = { words: [], options: {}, flags: new Set() };
  for (let index = 0; index < args.length; index++) {
    const [, name, , written] = /^--([a-z-]+)(=(.*))?$/s.exec(args[index]) ?? [];
    if (name === undefined && args[index].startsWith("-") && args[index] !== "-s")
      throw new Misuse(`unknown argument ${args[index]}`);
    if (name === undefined && args[index] !== "-s") read.words.push(args[index]);
    else if (known.flags.includes(name) && written === undefined) read.flags.add(name);
    else if (known.options.includes(name ?? "stack")) {
      const value = written ?? args[++index] ?? "";
      const option = name ?? "stack";
      if (value === "")
        throw new Misuse(`--${option} needs ${option === "stack" ? "the name of a stack" : "a value"}`);
      read.options[option] = value;
    } else throw new Misuse(`unknown argument --${name}`);
  }
  return read;
}

/** The one machine that somebody has named, if any. @throws Misuse for more */
export function oneMachine([machine, ...others]: readonly string[]): string | undefined {
  if (others.length > 0) throw new Misuse(`one machine at a time: ${machine}, and then ${others[0]}`);
  return machine;
}

/**
 * Runs a command of `npm run` to its exit code: what it performs returns (0 where that is nothing), `failed` where it throws, 2
 * for wrong arguments.
 * @param name as npm knows it
 */
export function command(
  name: string,
  usage: string,
  perform: (args: readonly string[]) => Promise<number | void>,
  failed = 1,
): void {
  const run = async (args: readonly string[]) => {
    if (args.includes("--help") || args.includes("-h")) {
      process.stdout.write(usage);
      return 0;
    }
    try {
      return (await perform(args)) ?? 0;
    } catch (error) {
      const isMisuse = error instanceof Misuse;
      const message = error instanceof Error ? error.message : String(error);
      process.stderr.write(`${isMisuse ? usage : ""}${name}: ${message}\n`);
      return isMisuse ? 2 : failed;
    }
  };
  void run(process.argv.slice(2)).then((code) => (process.exitCode = code));
}

/**
 * Asks for a word that shows that somebody means it.
 * @throws Misuse where nobody can be asked; Error where he says something else
 */
export async function confirm(question: string, word: string): Promise<void> {
  if (!process.stdin.isTTY) throw new Misuse("nobody can be asked here; --yes says that it is meant");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question}\nType ${word} to go on: `);
    if (answer.trim() !== word) throw new Error("nothing was changed");
  } finally {
    terminal.close();
  }
}
