import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** Root of this checkout, found from where the running file lies: a bundle in build/lab or the source. */
export function checkoutFolder(from: string = __dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "lab", "machine", "guest"))) return folder;
    if (folder === dirname(folder))
      throw new Error(`${from} lies in no checkout: there is no lab/machine/guest above`);
  }
}

/** Where the lab keeps what belongs to one machine while it is powered on. */
export const machineFolder = (stateFolder: string, uuid: string) => join(stateFolder, "machines", uuid);

export const hardwareFile = (stateFolder: string, uuid: string) =>
  join(machineFolder(stateFolder, uuid), "hardware.json");

/** A link to the folder with the toolchain's bin/, made by `lab up`. */
export const toolchainLink = (stateFolder: string) => join(stateFolder, "toolchain");
