import { Answer, errorLine, LOGO, Refusal } from "./answer";
import { USAGE } from "./usage";

/** Wrong words on the command line: banner, message, usage; exit code 2. */
export const syntaxError = (command: string, message: string): Refusal =>
  new Refusal({ exit: 2, stdout: "", stderr: `${LOGO}${errorLine(message)}\n${USAGE[command] ?? ""}` });

/** A wrong option, reported before and after the usage. Some commands end with 1 then, most with 2. */
export const optionError = (command: string, message: string, exit: 1 | 2): Refusal =>
  new Refusal({
    exit,
    stdout: "",
    stderr: `${LOGO}${errorLine(message)}${USAGE[command] ?? ""}\n${errorLine(message)}`,
  });

/** A value that is no number where one must be: VBoxManage 7.2 prints an empty message, even without a line's end. */
export const numberError = (exit: 1 | 2): Refusal =>
  new Refusal({ exit, stdout: "", stderr: `${LOGO}VBoxManage: error: ` });

/** A message without banner and usage, exit code 2. */
export const argumentError = (message: string): Refusal =>
  new Refusal({ exit: 2, stdout: "", stderr: errorLine(message) });

/** The real VBoxManage could do this; the stand-in can't, and says so rather than pretend. */
export const notModelled = (command: string, what: string): Refusal =>
  syntaxError(
    command,
    `${what} is not modelled by the rehearsal lab's VBoxManage (lab/virtualbox/README.md says what is).`,
  );

/** The answer to a command word that VBoxManage does not know, or that the stand-in does not model. */
export function unknownCommand(word: string | undefined): Answer {
  const known = Object.keys(USAGE)
    .map((command) => `  VBoxManage ${command}\n`)
    .join("");
  const message =
    word === undefined
      ? "Missing command."
      : `Invalid command '${word}', or one that the rehearsal lab does not model.`;
  return {
    exit: 2,
    stdout: "",
    stderr: `${LOGO}${errorLine(message)}\nUsage - Oracle VirtualBox command-line interface:\n\n${known}`,
  };
}
