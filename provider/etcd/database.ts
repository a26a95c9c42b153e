import { createHash } from "node:crypto";

const HASH = 32;
/** etcd's database is made of pages; bbolt's are multiples of this. */
const PAGE = 512;

/** What came is no whole snapshot of etcd. */
export class SnapshotError extends Error {}

/**
 * Passes a snapshot of etcd on as it is, and fails at its end if it is not whole: etcd puts the SHA-256 of all that is
 * before behind it (etcdutl's check, etcd 3.6, etcdutl/snapshot/v3_snapshot.go).
 * @throws SnapshotError
 */
export async function* checkedDatabase(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let size = 0;
  let tail: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    size += chunk.length;
    const both = Buffer.concat([tail, chunk]);
    const end = Math.max(0, both.length - HASH);
    hash.update(both.subarray(0, end));
    tail = both.subarray(end);
    yield chunk;
  }
  if (size <= HASH || size % PAGE !== HASH)
    throw new SnapshotError(`${size} bytes are no whole snapshot of etcd: its hash is missing at the end`);
  if (!hash.digest().equals(tail))
    throw new SnapshotError("the snapshot of etcd is not what etcd wrote: its hash is another");
}
