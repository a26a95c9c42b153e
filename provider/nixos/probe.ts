import { Session } from "../ssh";
import { keyValues } from "./key-values";
import { Scripts } from "./scripts";

/** What a machine runs from. */
export interface Probe {
  /** Changes with every boot. */
  bootId: string;
  /** Whether it runs the installer and not an installed system. */
  installer: boolean;
  /** Whether its root file system is on the disk that was asked about. */
  onDisk: boolean;
  /** Store path of the running system; empty in an installer. */
  system: string;
  /** Store path of the system that is kept for the next boot. */
  profile: string;
  /** Mark that a finished installation left; empty before. */
  identity: string;
}

/** Looks at a machine. `rootPartition` is the by-path name of the partition that should hold `/`. */
export async function probe(scripts: Scripts, session: Session, rootPartition = ""): Promise<Probe> {
  return parseProbe(await scripts.run(session, "probe.sh", [rootPartition]));
}

/** Reads what scripts/probe.sh prints. */
export function parseProbe(text: string): Probe {
  const get = keyValues(text);
  return {
    bootId: get("boot"),
    installer: get("installer") === "yes",
    onDisk: get("disk") !== "" && get("disk") === get("root"),
    system: get("system"),
    profile: get("profile"),
    identity: get("identity"),
  };
}
