import { readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** MB; whatever is bigger is a machine's disk, and machines do hold their own keys. */
const BIGGEST = 100;

/** Files below a folder, or the file itself, that hold one of the texts; disks of machines are left out. */
export function filesWith(texts: string[], path: string): string[] {
  const needles = texts.map((text) => Buffer.from(text));
  return filesBelow(path).filter((file) => {
    if (statSync(file).size > BIGGEST * 1e6) return false;
    const content = readFileSync(file);
    return needles.some((needle) => content.includes(needle));
  });
}

function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Names in the box's folder for temporary files, where a program that was careless with a key may have left it. */
export const temporaryFiles = () => readdirSync(tmpdir()).map((name) => join(tmpdir(), name));
