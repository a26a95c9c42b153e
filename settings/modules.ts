import { statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { type Section } from "./section";

/**
 * Reads a list of NixOS modules of the user's and reports each that is not there.
 * @param folder what relative paths start at
 * @returns absolute paths
 */
export function readModules(section: Section, folder: string): string[] {
  return (section.texts("modules", ["./my.nix"]) ?? []).map((path) => {
    const absolute = resolve(folder, path);
    if (!isModule(absolute)) {
      section.refuse("modules", {
        value: path,
        what: `there is no such module${isAbsolute(path) ? "" : `: looked for ${absolute}`}`,
        allowed: `a file, or a folder with a default.nix, given from ${folder} on or absolutely`,
        next: "correct the path, or write that module",
      });
    }
    return absolute;
  });
}

/** What Nix's `imports` takes: a file, or a folder that has a default.nix. */
function isModule(path: string): boolean {
  return isFile(path) || isFile(join(path, "default.nix"));
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // not there, not readable, or no path at all (a NUL character)
  }
}
