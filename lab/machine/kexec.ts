import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Run } from "../../provider/process";
import { unpackInitramfs } from "./initramfs";
import { Bootable, emptyMemory, ram } from "./root";

/** What a kernel that was started by kexec gets. */
export interface Kernel {
  commandLine: string;
  initrd: Buffer;
}

/**
 * The part of a machine's memory in which guest/kexec keeps what it has loaded: outside of the user space, which is
 * gone when the next kernel starts. In the supervisor's own /run.
 */
export const kexecFolder = "/run/machine/kexec";

/** Nothing is loaded at power-on, after a reset and after a kexec. */
export async function forgetKernel(): Promise<void> {
  await rm(kexecFolder, { recursive: true, force: true });
  await mkdir(kexecFolder, { mode: 0o700 });
}

/** The kernel that the user space has ended for; undefined when it has just rebooted. */
export async function executedKernel(): Promise<Kernel | undefined> {
  if (!existsSync(join(kexecFolder, "execute"))) return undefined;
  return {
    commandLine: (await readFile(join(kexecFolder, "command-line"), "utf8")).trim(),
    initrd: await readFile(join(kexecFolder, "initrd")),
  };
}

/**
 * Starts from empty memory and what the initial ramdisk holds. The ramdisk of a real machine finds its root and then
 * calls `init=`; here it is that root itself.
 * @returns the system and, for the console, what Linux would have left out of it
 * @throws Error when Linux would not take the ramdisk
 */
export async function kexecSystem(
  run: Run,
  { commandLine, initrd }: Kernel,
): Promise<{ system: Bootable; leftOut: string[] }> {
  await emptyMemory(run);
  const leftOut = await unpackInitramfs(run, initrd, ram);
  return { system: { root: ram, init: initOf(commandLine) }, leftOut };
}

/** What the kernel's command line wants to be started first; the last word on it counts. */
export function initOf(commandLine: string): string {
  const words = commandLine.split(/\s+/).filter((word) => word.startsWith("init="));
  return words.length > 0 ? words[words.length - 1].slice("init=".length) : "/init";
}
