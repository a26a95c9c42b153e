import { type Source } from "./section";

/** Stack configuration: the keys under `kluster:` in Pulumi.<stack>.yaml. */
export function stackSource(stack: string): Source {
  const name = (path: readonly string[]) => `kluster:${path.join(".")}`;
  // Within a structure, a key needs --path; text that a shell would take apart is quoted.
  const key = (path: readonly string[]) => `${path.length > 1 ? "--path " : ""}${shellWord(name(path))}`;
  return {
    file: `Pulumi.${stack}.yaml`,
    textual: true,
    name,
    set: (path, value) => `pulumi config set --stack ${stack} ${key(path)} ${shellWord(value)}`,
    remove: (path) => `pulumi config rm --stack ${stack} ${key(path)}`,
  };
}

/** The inventory file, named as the user named it. */
export function inventorySource(file: string): Source {
  const name = (path: readonly string[]) => path.map(tomlKey).join(".");
  const place = (path: readonly string[]) =>
    path.length > 1 ? `under [${name(path.slice(0, -1))}] in ${file}` : `in ${file}`;
  return {
    file,
    textual: false,
    name,
    set: (path, value) => `write ${tomlKey(path.at(-1)!)} = ${tomlValue(value)} ${place(path)}`,
    remove: (path) => `delete ${tomlKey(path.at(-1)!)} ${place(path)}`,
  };
}

/** Numbers, true and false, lists and tables as they are, anything else as TOML's text. */
function tomlValue(value: string): string {
  return /^([0-9]+$|true$|false$|\[|\{)/.test(value) ? value : JSON.stringify(value);
}

function tomlKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
}

function shellWord(word: string): string {
  return /^[A-Za-z0-9_./:=-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`;
}
