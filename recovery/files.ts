import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { parse } from "@iarna/toml";

/** Files of the user's by their paths from the project's folder on, and those that are elsewhere. */
interface Found {
  files: Record<string, string>;
  elsewhere: string[];
}

/**
 * The inventory and the NixOS modules that it and the stack name; of a module that is a folder all that is in it.
 * @param config values of the stack's configuration as text, by whole keys
 */
export function projectFiles(folder: string, config: Record<string, string>): Found {
  const inventory = config["kluster:inventory"] ?? "hosts.toml";
  const inventoryPath = resolve(folder, inventory);
  const found: Found = { files: {}, elsewhere: [] };
  const add = (path: string) => {
    if (!existsSync(path)) return;
    if (statSync(path).isDirectory()) return readdirSync(path).forEach((name) => add(join(path, name)));
    const from = relative(folder, path);
    if (from.startsWith("..") || isAbsolute(from)) found.elsewhere.push(path);
    else found.files[from] = readFileSync(path, "utf8");
  };
  add(inventoryPath);
  for (const module of listIn(config["kluster:modules"])) add(resolve(folder, module));
  for (const module of modulesOf(inventoryPath)) add(resolve(dirname(inventoryPath), module));
  return found;
}

function listIn(text: string | undefined): string[] {
  try {
    const value = JSON.parse(text ?? "[]") as unknown;
    return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
  } catch {
    return []; // `pulumi up` says what is wrong with it
  }
}

function modulesOf(inventory: string): string[] {
  try {
    const { hosts = {} } = parse(readFileSync(inventory, "utf8")) as {
      hosts?: Record<string, { modules?: string[] }>;
    };
    return Object.values(hosts).flatMap(({ modules = [] }) => modules);
  } catch {
    return [];
  }
}

/** Writes the files that are not there. @returns those that are there and say something else */
export function putBack(folder: string, files: Record<string, string>): string[] {
  return Object.entries(files).flatMap(([path, text]) => {
    const file = join(folder, path);
    if (relative(folder, file).startsWith(".."))
      throw new Error(`the backup has a file outside of the project: ${path}`);
    if (existsSync(file)) return readFileSync(file, "utf8") === text ? [] : [path];
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return [];
  });
}
