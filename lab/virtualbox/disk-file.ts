import { execFileSync } from "node:child_process";
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

const MEGABYTE = 1 << 20;

/** Makes an empty, sparse raw file of this many bytes. @throws Error when it exists. */
export function createDiskFile(file: string, bytes: number): void {
  mkdirSync(dirname(file), { recursive: true });
  const descriptor = openSync(file, "wx", 0o600);
  try {
    ftruncateSync(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes a raw file longer; what is added reads as zeros. */
export function growDiskFile(file: string, bytes: number): void {
  const descriptor = openSync(file, "r+");
  try {
    ftruncateSync(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
}

/** Copies a raw image, leaving holes where it holds zeros; the copy is rounded up to whole sectors. */
export function copyDiskFile(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  const source = openSync(from, "r");
  const target = openSync(to, "wx", 0o600);
  try {
    const { size } = fstatSync(source);
    const chunk = Buffer.alloc(MEGABYTE);
    for (let at = 0; at < size;) {
      const count = readSync(source, chunk, 0, chunk.length, at);
      if (count === 0) break;
      const part = chunk.subarray(0, count);
      if (part.some((byte) => byte !== 0)) writeSync(target, part, 0, count, at);
      at += count;
    }
    ftruncateSync(target, roundUp(size, 512));
  } finally {
    closeSync(source);
    closeSync(target);
  }
}

/** Copies an image as it is; its holes are not read, as large disks are hardly anything else. */
export function cloneDiskFile(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  execFileSync("cp", ["--reflink=auto", "--sparse=auto", "--no-clobber", "--", from, to]);
}

/** Bytes of an image's content: its length in whole sectors. */
export const diskFileCapacity = (file: string) => roundUp(statSync(file).size, 512);

/**
 * Megabytes that VirtualBox would show as `Size on disk`. A VDI begins with a header and a map of four bytes per
 * megabyte, each rounded up to whole megabytes; then come the blocks in use.
 */
export function sizeOnDisk(file: string, format: string, capacity: number): number {
  const used = Math.ceil((statSync(file).blocks * 512) / MEGABYTE);
  const map = Math.ceil(((capacity / MEGABYTE) * 4) / MEGABYTE);
  return format === "VDI" ? 1 + map + used : used;
}

const roundUp = (bytes: number, unit: number) => Math.ceil(bytes / unit) * unit;
