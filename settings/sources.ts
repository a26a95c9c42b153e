import { type Source, type Value } from "./section";

/**
 * Stack configuration: the keys under `kluster:` in Pulumi.<stack>.yaml.
 * @param octal numbers as they are written there, by key, where YAML reads them by eights
 */
export function stackSource(stack: string, octal: ReadonlyMap<string, string> = new Map()): Source {
  const name = (path: readonly string[]) => `kluster:${path.join(".")}`;
  // Within a structure, a key needs --path; text that a shell would take apart is quoted.
  const key = (path: readonly string[]) => `${path.length > 1 ? "--path " : ""}${shellWord(name(path))}`;
  return {
    file: `Pulumi.${stack}.yaml`,
    textual: true,
    octal: (path) => octal.get(path.join(".")),
    name,
    set: (path, value) =>
      `pulumi config set --stack ${stack} ${key(path)} ${shellWord(typeof value === "object" ? JSON.stringify(value) : String(value))}`,
    remove: (path) => `pulumi config rm --stack ${stack} ${key(path)}`,
  };
}

/** The inventory file, named as the user named it. */
export function inventorySource(file: string): Source {
  const name = (path: readonly string[]) => path.map(tomlKey).join(".");
  // A table within a host's may be written inline, where a heading of its own would be a second one.
  const place = (path: readonly string[]) => {
    const [table, inner] = [path.slice(0, -1).slice(0, 2), path.slice(2, -1)];
    if (table.length === 0) return `in ${file}`;
    return `${inner.length ? `in ${name(inner)} of` : "under"} [${name(table)}] in ${file}`;
  };
  return {
    file,
    textual: false,
    name,
    set: (path, value) => `write ${tomlKey(path.at(-1)!)} = ${tomlValue(value)} ${place(path)}`,
    remove: (path) => `delete ${tomlKey(path.at(-1)!)} ${place(path)}`,
  };
}

/** TOML's numbers, words, lists and simple texts are JSON's. */
function tomlValue(value: Value): string {
  return JSON.stringify(value);
}

function tomlKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
}

function shellWord(word: string): string {
  return /^[A-Za-z0-9_./:=-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`;
}
