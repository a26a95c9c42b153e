import { createHash, randomBytes } from "node:crypto";

/** Bytes that have the form of a snapshot as etcd writes it: pages, and their SHA-256. */
export function database(pages = 8, content: Buffer = randomBytes(pages * 512)): Buffer {
  return Buffer.concat([content, createHash("sha256").update(content).digest()]);
}
