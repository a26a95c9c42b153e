import { isTable, type Section } from "./section";

/** The key of the stack's configuration that holds the user's secrets. */
const KEY = "secrets";
const ALLOWED = "a table of secrets by their names, each text that Pulumi keeps encrypted";

/**
 * Reads the user's secrets and reports what is wrong with them, by name: no message ever shows a value.
 * @param stack name of the Pulumi stack
 * @param encrypted whether Pulumi keeps any of it encrypted; undefined where that is not known
 * @returns the secrets in plain text, by their names
 */
export function readSecrets(
  section: Section,
  stack: string,
  encrypted: boolean | undefined,
): Record<string, string> {
  const set = (name: string) => `pulumi config set --stack ${stack} --secret --path kluster:${KEY}.${name}`;
  const written = section.structured(KEY);
  if (written === undefined) return {};
  if (!isTable(written)) {
    section.refuse(KEY, {
      value: undefined,
      what: "not a table",
      allowed: ALLOWED,
      next: `${section.remove(KEY)}, then for each secret: ${set("NAME")}`,
    });
    return {};
  }
  const names = Object.keys(written);
  if (encrypted === false && names.length > 0) {
    section.refuse(KEY, {
      value: undefined,
      what: "in plain text, for everybody who sees this file",
      allowed: ALLOWED,
      next: `choose other secrets, then: ${set(names.find(isName) ?? "NAME")}`,
    });
  }
  for (const name of names) {
    const refuse = (what: string, allowed: string, next: string) =>
      section.refuse(`${KEY}.${name}`, { value: undefined, what, allowed, next });
    const value = written[name];
    if (!isName(name)) {
      refuse(
        "not a name for a secret",
        "letters, digits, - and _, at most 64, the first a letter or a digit",
        `give it another name: ${set("NAME")}`,
      );
    } else if (typeof value !== "string") {
      refuse("not text", "text", set(name));
    } else if (value === "") {
      refuse("empty", "text", set(name));
    } else if (value.includes("\0")) {
      refuse("a NUL character is in it", "text", set(name));
    }
  }
  return written as Record<string, string>;
}

/** Also the name of a file on machines, and of an attribute in Nix. */
function isName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(text);
}
