import { readdir, readFile, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Vm } from "./vm";

/** Disks that are the machine's own, by their names in its folder. Every other disk is somebody else's. */
export const DISK = "disk.vdi";
export const SEED = "seed.vdi";
/** What the seed disk is made from. */
export const RAW_SEED = "seed.raw";

/** Where the files of a machine are. */
export interface Place {
  folder: string;
  /** The settings file, whose name is the machine's. */
  settings: string;
  snapshots: string;
  logs: string;
}

export const placeOf = (vm: Vm): Place => ({
  folder: vm.folder,
  settings: vm.settings,
  snapshots: vm.snapshotFolder,
  logs: vm.logFolder,
});

/** Where VirtualBox keeps a machine whose settings file is this. */
export const placeBySettings = (settings: string): Place => {
  const folder = dirname(settings);
  return { folder, settings, snapshots: join(folder, "Snapshots"), logs: join(folder, "Logs") };
};

/** UUID of the machine that a settings file describes; undefined when it is not there or tells none. */
export async function ownerOf(settings: string): Promise<string | undefined> {
  const text = await readFile(settings, "utf8").catch(() => "");
  return /<Machine\b[^>]*?\buuid="\{([0-9a-f-]{36})\}"/i.exec(text)?.[1]?.toLowerCase();
}

/** Names that VirtualBox gives its own files in a machine's folders for logs and snapshots. */
const LOG = /^VBox(?:UI|Startup|Hardening)?\.(?:log|png)(?:\.\d+)?$/;
const SAVED_STATE = /^\d{4}-\d\d-\d\dT[\d-]+Z\.(?:sav|nvram)$/;

/**
 * Removes what VirtualBox and kluster wrote for a machine that is not registered any more, disks apart, and the
 * folders if they are empty now. By name, and nothing else: what somebody put there stays.
 * @returns paths in the folder that are left
 */
export async function removeOwnFiles({ folder, settings, snapshots, logs }: Place): Promise<string[]> {
  const nvram = join(folder, `${basename(settings, ".vbox")}.nvram`);
  const files = [settings, `${settings}-prev`, `${settings}-tmp`, nvram, join(folder, RAW_SEED)];
  for (const file of files) await rm(file, { force: true });
  await removeNamed(logs, LOG);
  await removeNamed(snapshots, SAVED_STATE);
  for (const empty of [logs, snapshots, folder]) await rmdir(empty).catch(() => {});
  const left = await readdir(folder, { recursive: true }).catch(() => [] as string[]);
  return left.filter((path) => !left.some((other) => other.startsWith(`${path}/`))).sort();
}

async function removeNamed(folder: string, pattern: RegExp): Promise<void> {
  for (const name of await readdir(folder).catch(() => [] as string[]))
    if (pattern.test(name)) await rm(join(folder, name), { force: true });
}
