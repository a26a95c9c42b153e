import { Answer, errorLine } from "./answer";

/** What of the environment decides how VirtualBox reads and writes paths. */
export interface Environment {
  HOME?: string;
  LC_ALL?: string;
  LC_CTYPE?: string;
  LANG?: string;
}

/**
 * How VirtualBox fails where the locale's letters are ASCII alone (C, POSIX, none): with other letters in an argument
 * before it has begun, with such letters in the home folder as soon as it asks its service.
 */
export function untranslatable(args: string[], environment: Environment): Answer | undefined {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || "C";
  if (/utf-?8/i.test(locale)) return undefined;
  if (args.some(hasOtherLetters))
    return { exit: 3, stdout: "", stderr: "VBoxManage: fatal error: RTR3Init: VERR_NO_TRANSLATION\n" };
  if (hasOtherLetters(environment.HOME ?? ""))
    return {
      exit: 1,
      stdout: "",
      stderr: errorLine("Failed to initialize COM! (hrc=NS_ERROR_OUT_OF_MEMORY)"),
    };
  return undefined;
}

const hasOtherLetters = (text: string) => /[^\0-\x7f]/.test(text);
