import { lstatSync, readdirSync, readFileSync, Stats } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** MB; whatever is bigger is a machine's disk, and machines do hold their own keys. */
const BIGGEST = 100;

/**
 * Files below a folder, or the file itself, that hold one of the texts; disks of machines are left out. Others may make
 * and remove files there meanwhile: what is gone when its turn comes is passed over, and so is what is no plain file.
 */
export function filesWith(texts: string[], path: string): string[] {
  const needles = texts.map((text) => Buffer.from(text));
  return [...filesBelow(path)].filter((file) => {
    const content = unlessGone(() => readFileSync(file));
    return content !== undefined && needles.some((needle) => content.includes(needle));
  });
}

function* filesBelow(path: string): Generator<string> {
  const stats: Stats | undefined = unlessGone(() => lstatSync(path));
  if (stats?.isFile() && stats.size <= BIGGEST * 1e6) yield path;
  if (!stats?.isDirectory()) return;
  for (const name of unlessGone(() => readdirSync(path)) ?? []) yield* filesBelow(join(path, name));
}

/** ENOTDIR: something else has its name by now. EACCES: root, too, is kept out of other users' FUSE mounts. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? ""))
      return undefined;
    throw error;
  }
}

/** Names in the box's folder for temporary files, where a program that was careless with a key may have left it. */
export const temporaryFiles = () => readdirSync(tmpdir()).map((name) => join(tmpdir(), name));
