import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isMap, isScalar, parseDocument } from "yaml";

/** Whether a value is kept in plain text, by its path within `kluster:`. */
export type IsPlain = (path: readonly string[]) => boolean;

/**
 * Of a stack's configuration file: an encrypted value is a table with `secure` there, a plain one is text or a number.
 * @param yaml the file's content
 */
export function plainText(yaml: string): IsPlain {
  const document = parseDocument(yaml);
  const config = document.get("config");
  return ([key, ...path]) => isMap(config) && isScalar(config.getIn([`kluster:${key}`, ...path], true));
}

/** Likewise of a stack; nothing is known to be plain where Pulumi keeps its configuration elsewhere. */
export function plainTextOf(projectFolder: string, stack: string): IsPlain {
  let isPlain: IsPlain | undefined;
  return (path) => {
    try {
      isPlain ??= plainText(readFileSync(join(projectFolder, `Pulumi.${stack}.yaml`), "utf8"));
      return isPlain(path);
    } catch {
      return false;
    }
  };
}
