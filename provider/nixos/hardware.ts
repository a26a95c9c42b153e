import { Session } from "../ssh";
import { keyValues } from "./key-values";
import { Scripts } from "./scripts";

/** What a machine is made of, as far as installing it asks. */
export interface Hardware {
  /** Changes with every boot. */
  bootId: string;
  /** kB, as the kernel counts: a tenth less than what a machine is sold with, at most. */
  memory: number;
  /** MAC address, in lower case, of the network card that the operator's logins come in by. */
  publicMac: string;
  /** The disk by its path. */
  disk: string;
}

/**
 * The installer is unpacked into memory: half a gigabyte as it comes and as much again for what runs. Below this the
 * kernel ends programs at random, or does not come up. A machine of 2 GB has 1.9 million kB.
 */
const LEAST_MEMORY = 1_800_000;

/** Looks at a machine, whatever runs there. */
export async function hardware(scripts: Scripts, session: Session): Promise<Hardware> {
  return parseHardware(await scripts.run(session, "hardware.sh", []));
}

/** Reads what scripts/hardware.sh prints. */
export function parseHardware(text: string): Hardware {
  const get = keyValues(text);
  return {
    bootId: get("boot"),
    memory: Number(get("memory")),
    publicMac: get("public_mac"),
    disk: get("disk"),
  };
}

/** @throws Error when the installer would not fit into the machine's memory */
export function requireMemory(machine: string, { memory }: Pick<Hardware, "memory">): void {
  if (memory >= LEAST_MEMORY) return;
  throw new Error(
    `${machine} has ${megabytes(memory)} MB of memory, but the installer needs ${megabytes(LEAST_MEMORY)} MB, since it runs from memory alone. Nothing was changed. Choose a larger server type for it: kluster:serverTypes, or server_types of the host in the inventory.`,
  );
}

function megabytes(kilobytes: number): number {
  return Math.round(kilobytes / 1000);
}
