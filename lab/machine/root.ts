import { existsSync } from "node:fs";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Run } from "../../provider/process";
import { debianLabel } from "./debian-disk";
import { AttachedDrive, partitions } from "./drives";
import { must } from "./must";

/** The machine's memory for the time of one boot: gone with it, as on a real machine. In the supervisor's own /run. */
export const ram = "/run/machine/ram";

/** Line of the boot loader's stand-in on the machine's disk: store path of the system to boot. */
const bootEntry = "boot/lab-entry";

/** Labels by which the boot loader's stand-in knows a root: the installation's, and the stock image's. */
const rootLabels = ["nixos", debianLabel];

/** A system that a machine can boot. */
export interface Bootable {
  /** Folder here that becomes its root. */
  root: string;
  /** Path in that root of the program that becomes PID 1 after the first stage. */
  init: string;
}

/** Gives the machine empty memory. */
export async function emptyMemory(run: Run): Promise<void> {
  await freeMemory(run);
  await mkdir(ram, { recursive: true });
  await must(run, "mount", ["-t", "tmpfs", "-o", "mode=755", "ram", ram]);
}

/** Gives the machine empty memory, with just what the box's own programs need to run in it. */
export async function clearMemory(run: Run): Promise<void> {
  await emptyMemory(run);
  for (const folder of ["usr", "dev"]) await mkdir(join(ram, folder));
  for (const folder of ["bin", "sbin", "lib", "lib64"]) await symlink(`usr/${folder}`, join(ram, folder));
}

/** Unmounts everything of the last boot; idempotent. */
export async function freeMemory(run: Run): Promise<void> {
  const mounted = await readFile("/proc/self/mounts", "utf8");
  if (mounted.includes(` ${ram} `)) await must(run, "umount", ["--recursive", ram]);
}

/** The installer's user space, all of it in memory. */
export function installerSystem(): Bootable {
  return { root: ram, init: "/opt/kluster-lab/guest/installer/init" };
}

/**
 * Mounts the root of a disk and reads which system it boots. The mount is made by the name that the disk has in the
 * machine, so that it stands as /dev/sda3 in the machine's list of mounts.
 * @param name of the disk in this boot, such as sda
 * @returns undefined when the disk cannot be booted
 */
export async function diskSystem(run: Run, disk: AttachedDrive, name: string): Promise<Bootable | undefined> {
  const root = await rootPartition(run, disk);
  if (!root) return undefined;
  const numbers = (await readFile(`/sys/class/block/${root}/dev`, "utf8")).trim().split(":");
  const node = `/dev/${name}${root.slice(disk.device.length + 1)}`;
  await must(run, "mknod", [join(ram, node), "b", ...numbers]);
  await must(run, "mount", ["--bind", "/usr", join(ram, "usr")]);
  const sysroot = join(ram, "sysroot");
  await mkdir(sysroot);
  // VirtualBox too ignores a guest's flushes unless told otherwise (IgnoreFlush); nothing is lost but with the box.
  const options = ["-t", "ext4", "-o", "barrier=0"];
  const mounted = await run("chroot", [ram, "/usr/bin/mount", ...options, node, "/sysroot"], {
    timeout: 30_000,
  });
  if (mounted.code !== 0) return undefined; // no file system: nothing that a boot loader could have been put on
  const entry = join(sysroot, bootEntry);
  if (!existsSync(entry)) return undefined;
  return { root: sysroot, init: join((await readFile(entry, "utf8")).trim(), "init") };
}

/** The partition whose file system has the label of a root. */
async function rootPartition(run: Run, disk: AttachedDrive): Promise<string | undefined> {
  for (const found of partitions(disk)) {
    const label = await run("blkid", ["-p", "-s", "LABEL", "-o", "value", `/dev/${found}`], {
      timeout: 10_000,
    });
    if (rootLabels.includes(label.stdout.trim())) return found;
  }
  return undefined;
}
