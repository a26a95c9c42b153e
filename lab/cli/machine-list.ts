import { readdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { machineFolder, hardwareFile } from "../machine/folders";
import type { Hardware } from "../machine/hardware";

/** Every machine that was powered on in this lab at some time and has not been deleted since, by name. */
export async function knownMachines(state: string): Promise<Hardware[]> {
  const folders = await readdir(dirname(machineFolder(state, "x"))).catch(() => [] as string[]);
  const found = await Promise.all(
    folders.map((uuid) => readFile(hardwareFile(state, uuid), "utf8").catch(() => undefined)),
  );
  return found
    .filter((text) => text !== undefined)
    .map((text) => JSON.parse(text) as Hardware)
    .sort((a, b) => a.name.localeCompare(b.name));
}
