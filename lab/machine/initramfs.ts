import { chmod, lchown, link, lstat, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join, normalize } from "node:path";
import type { Run } from "../../provider/process";
import { CpioEntry, readInitramfs } from "./cpio";
import { must } from "./must";

const type = { mask: 0o170000, fifo: 0o010000, character: 0o020000, folder: 0o040000, block: 0o060000 };
const regular = 0o100000;
const symbolic = 0o120000;

/**
 * Unpacks an initial ramdisk as Linux does at its start: a later file replaces an earlier one of the same name, and a
 * file whose folder is in no archive is left out without a word.
 * @param folder the empty root
 * @returns names of what was left out
 * @throws Error when Linux would not take the image
 */
export async function unpackInitramfs(run: Run, image: Buffer, folder: string): Promise<string[]> {
  const leftOut: string[] = [];
  const linked = new Map<number, string>();
  for (const entry of readInitramfs(image)) {
    const name = normalize(`/${entry.name}`);
    if (name === "/") continue;
    try {
      await place(run, entry, join(folder, name), linked);
    } catch (error) {
      if (!["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
      leftOut.push(name);
    }
  }
  return leftOut;
}

async function place(run: Run, entry: CpioEntry, path: string, linked: Map<number, string>): Promise<void> {
  const kind = entry.mode & type.mask;
  const there = await lstat(path).catch(() => undefined);
  if (there && (there.mode & type.mask) !== kind) await rm(path, { recursive: true });
  switch (kind) {
    case type.folder:
      await mkdir(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
      });
      break;
    case symbolic:
      await rm(path, { force: true });
      await symlink(entry.content.toString("utf8"), path);
      await lchown(path, entry.uid, entry.gid);
      return;
    case regular:
      await placeFile(entry, path, linked);
      break;
    case type.fifo:
      await must(run, "mknod", [path, "p"]);
      break;
    case type.character:
    case type.block:
      await rm(path, { force: true });
      await must(run, "mknod", [path, kind === type.block ? "b" : "c", ...entry.device.map(String)]);
      break;
    default:
      return; // sockets
  }
  await lchown(path, entry.uid, entry.gid);
  await chmod(path, entry.mode & 0o7777);
}

async function placeFile(entry: CpioEntry, path: string, linked: Map<number, string>): Promise<void> {
  const first = entry.links > 1 ? linked.get(entry.inode) : undefined;
  if (first !== undefined) {
    await rm(path, { force: true });
    await link(first, path);
    if (entry.content.length === 0) return;
  } else if (entry.links > 1) linked.set(entry.inode, path);
  await writeFile(path, entry.content);
}
