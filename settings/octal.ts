import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Numbers of a stack's configuration file that YAML reads by eights, as they are written: Pulumi hands over 291 for
 * 0443 and says nothing of it.
 * @returns by key, without the prefix kluster:
 */
export function octalNumbers(yaml: string): ReadonlyMap<string, string> {
  const lines = yaml.matchAll(/^\s+(["']?)kluster:([A-Za-z]+)\1\s*:\s+([-+]?0[0-7_]+)\s*(?:#.*)?$/gm);
  return new Map([...lines].map(([, , key, number]) => [key, number]));
}

/** Likewise of the file of a stack; none where Pulumi keeps that elsewhere. */
export function octalNumbersOf(projectFolder: string, stack: string): ReadonlyMap<string, string> {
  try {
    return octalNumbers(readFileSync(join(projectFolder, `Pulumi.${stack}.yaml`), "utf8"));
  } catch {
    return new Map();
  }
}

/** What YAML makes of such a number, and what its writer meant. */
export function readings(octal: string): { read: number; meant: number } {
  const digits = octal.replace(/_/g, "");
  return { read: parseInt(digits, 8), meant: parseInt(digits, 10) };
}
