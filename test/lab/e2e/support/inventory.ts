import { readFileSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { parse, stringify, JsonMap } from "@iarna/toml";
import { checkout, labOutput, stack } from "./lab";
import { MACHINES } from "./machines";

/** The private copy of hosts.toml that the lab's stack reads. */
async function inventoryFile(): Promise<string> {
  const file = (await labOutput(["pulumi", "config", "get", "kluster:inventory", "--stack", stack])).trim();
  return isAbsolute(file) ? file : join(checkout, file);
}

/**
 * Writes one key of one host in the lab's private inventory, as a user would with an editor.
 * @param value undefined takes it out
 */
export async function setHost(
  name: string,
  key: string,
  value: string | number | string[] | Record<string, string> | undefined,
): Promise<void> {
  const file = await inventoryFile();
  const inventory = parse(readFileSync(file, "utf8"));
  const host = (inventory.hosts as JsonMap)[name] as JsonMap;
  if (value === undefined) delete host[key];
  else host[key] = value;
  writeFileSync(file, stringify(inventory));
}

/** Writes a NixOS module beside the inventory. @returns its path as the inventory names it */
export async function writeModule(name: string, text: string): Promise<string> {
  writeFileSync(join(dirname(await inventoryFile()), name), text);
  return `./${name}`;
}

/** Gives each host these modules, and no others. */
export async function giveAll(modules: string[]): Promise<void> {
  for (const name of MACHINES) await setHost(name, "modules", modules);
}

/** A module with a service that does something once, when the system is active. @param script in double quotes of Nix */
export const serviceModule = (name: string, script: string): string =>
  `{ systemd.services.${name} = {
       wantedBy = [ "multi-user.target" ];
       after = [ "sshd.service" ];
       path = [ "/run/current-system/sw" ];
       script = "${script}";
       serviceConfig = { Type = "oneshot"; RemainAfterExit = true; };
     }; }\n`;

/** Adds a host at the end, as a user would. */
export async function addHost(name: string, keys: Record<string, string | number | boolean>): Promise<void> {
  const file = await inventoryFile();
  const inventory = parse(readFileSync(file, "utf8"));
  (inventory.hosts as JsonMap)[name] = keys;
  writeFileSync(file, stringify(inventory));
}

/** Takes a host out. @returns how to put it back where it was */
export async function removeHost(name: string): Promise<() => void> {
  const file = await inventoryFile();
  const before = readFileSync(file, "utf8");
  const inventory = parse(before);
  delete (inventory.hosts as JsonMap)[name];
  writeFileSync(file, stringify(inventory));
  return () => writeFileSync(file, before);
}
