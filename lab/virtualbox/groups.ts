import { comError } from "./com-error";

/**
 * VM groups as `--groups` gives them: names that begin with a slash, separated by commas.
 * @param call the failed call as VBoxManage's error names it
 * @throws Refusal for a name that is no group's
 */
export function parseGroups(text: string, call: string): string[] {
  const groups = text.split(",").filter((group) => group !== "");
  for (const group of groups)
    if (!/^\/$|^(\/[^/\0]+)+$/.test(group))
      throw comError({
        code: "NS_ERROR_INVALID_ARG",
        reporter: "virtualBox",
        message: `Invalid group: '${group}'`,
        context: { call, line: 429, file: "VBoxManageMisc.cpp" },
      });
  return groups.length > 0 ? groups : ["/"];
}
