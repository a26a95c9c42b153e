import { readFileSync } from "node:fs";
import { NETWORKS_CONF, type OperatorBox } from "./kinds/virtualbox-ranges";

/** The box that the program runs on. */
export function operatorBox(): OperatorBox {
  return { platform: process.platform, networksConf: readIfThere(NETWORKS_CONF) };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // VirtualBox, too, takes a file that it can't open for one that is not there
  }
}
