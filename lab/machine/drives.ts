import { closeSync, existsSync, openSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Run } from "../../provider/process";
import type { Drive } from "./hardware";
import { must } from "./must";

/** A drive as a loop device of the box. */
export interface AttachedDrive {
  drive: Drive;
  /** Kernel name, such as loop3. */
  device: string;
  fd: number;
}

/**
 * Puts an image behind a loop device, which the kernel releases by itself as soon as neither this process nor the
 * machine has it open: nothing is left behind by a supervisor that was killed.
 * @throws Error when the image is missing or the box has no loop device
 */
export async function attach(run: Run, drive: Drive): Promise<AttachedDrive> {
  const flags = drive.kind === "dvd" ? ["--read-only"] : [];
  const path = await must(run, "losetup", ["--find", "--show", "--partscan", ...flags, drive.file]);
  const fd = openSync(path, "r");
  // Kernels without GPT find no partitions by themselves. An empty disk has none: that is no failure.
  if (drive.kind === "disk") await run("partx", ["--update", path], { timeout: 30_000 });
  await must(run, "losetup", ["--detach", path]); // open: it stays until the last close
  return { drive, device: basename(path), fd };
}

/**
 * Lets go of a loop device and waits until it is free.
 * @throws Error after 5 s, when something still uses it
 */
export async function detach({ device, fd, drive }: AttachedDrive): Promise<void> {
  closeSync(fd);
  const backing = `/sys/class/block/${device}/loop/backing_file`;
  const end = Date.now() + 5_000;
  while (existsSync(backing) && readFileSync(backing, "utf8").trim().startsWith(drive.file)) {
    if (Date.now() > end)
      throw new Error(`/dev/${device} (${drive.file}) is still in use 5 s after the power was cut`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The partitions' kernel names on the box, such as loop3p1. */
export function partitions(drive: AttachedDrive): string[] {
  return readdirSync(`/sys/class/block/${drive.device}`).filter((name) =>
    name.startsWith(`${drive.device}p`),
  );
}

/**
 * The names that the drives have in one boot: disks get their letters in random order, as happens on real machines.
 * @param random numbers from 0 to below 1
 */
export function nameDrives<T extends { drive: Drive }>(
  drives: T[],
  random: () => number = Math.random,
): Map<T, string> {
  const letters = drives
    .filter(({ drive }) => drive.kind === "disk")
    .map((_, i) => String.fromCharCode(97 + i));
  let dvds = 0;
  return new Map(
    drives.map((attached) => [
      attached,
      attached.drive.kind === "dvd"
        ? `sr${dvds++}`
        : `sd${letters.splice(Math.floor(random() * letters.length), 1)[0]}`,
    ]),
  );
}

/** The table by which the machine's udev stand-in makes device nodes: SATA port, name, the box's device. */
export function driveTable(names: Map<AttachedDrive, string>): string {
  return [...names].map(([{ drive, device }, name]) => `${drive.port} ${name} ${device}\n`).join("");
}
