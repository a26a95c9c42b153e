import { mkdtemp, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Run } from "../../provider/process";
import { checkoutFolder } from "./folders";
import { must } from "./must";

/** Label of the root that the stock image has. */
export const debianLabel = "debian";

/** Bytes before the root: partition table and GRUB's core image. */
const rootOffset = 2 << 20;

/** Bytes after it: the second copy of the partition table. */
const tableSize = 1 << 20;

/**
 * Makes the disk of a machine that boots the stock Debian image, as a cloud gives it to a new server: a raw image with
 * a partition table and a root. Nothing is mounted for it; what was in the file is lost.
 * @param bytes whole megabytes, 64 of them at least
 * @throws Error when it does not fit, or cannot be written
 */
export async function makeDebianDisk(run: Run, file: string, bytes: number): Promise<void> {
  const megabyte = 1 << 20;
  if (bytes < 64 * megabyte || bytes % megabyte !== 0)
    throw new Error(`a Debian disk of ${bytes} bytes: whole megabytes are needed, 64 of them at least`);
  const root = await mkdtemp(join(tmpdir(), "kluster-debian-"));
  try {
    await must(run, "sh", [join(checkoutFolder(), "lab", "machine", "guest", "debian", "make-root"), root]);
    await writeFile(file, "", { mode: 0o600 });
    await truncate(file, bytes);
    const table = ["mklabel", "gpt", "mkpart", "bios", "1MiB", "2MiB", "set", "1", "bios_grub", "on"];
    await must(run, "parted", ["-s", file, "--", ...table, "mkpart", debianLabel, "ext4", "2MiB", "-1MiB"]);
    await must(run, "mkfs.ext4", [
      "-qF",
      ...["-L", debianLabel],
      ...["-E", `offset=${rootOffset}`],
      ...["-d", root],
      file,
      `${(bytes - rootOffset - tableSize) / 1024}k`,
    ]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/**
 * Makes a disk bigger, as a cloud does when a server gets a bigger type: what is on it stays, the new room is behind
 * the last partition. A disk never shrinks.
 */
export async function growDisk(file: string, bytes: number): Promise<void> {
  const { size } = await stat(file);
  if (bytes > size) await truncate(file, bytes);
}
