import { Readable } from "node:stream";
import { decrypt, encrypt } from "../age";
import { checkedDatabase, SnapshotError } from "./database";

/**
 * A snapshot as it is kept: a line of JSON, then etcd's own file, all of it encrypted (age) for the stack's key. The
 * line has the keys that Secrets were encrypted with at that time, so that it can be read after they are others.
 */
export interface SnapshotHeader {
  format: "kluster-etcd-snapshot/1";
  /** When it was taken, ISO 8601 in UTC. */
  time: string;
  /** Name of the master. */
  machine: string;
  /** Why: such as "before the system of il changes". */
  reason: string;
  /** Keys of Secrets, 32 bytes in base64 each; the first is the one that was written with. */
  encryptionKeys: string[];
}

const FORMAT = "kluster-etcd-snapshot/1";
/** The header's longest line, in bytes: far more than a hundred keys. */
const LONGEST = 65_536;
const NEWLINE = 0x0a;

/** @returns what is to be written into the file; it fails where the snapshot is not whole */
export function sealSnapshot(
  header: Omit<SnapshotHeader, "format">,
  database: AsyncIterable<Buffer>,
  recipients: readonly string[],
): Promise<Readable> {
  async function* plain() {
    yield Buffer.from(`${JSON.stringify({ format: FORMAT, ...header })}\n`);
    yield* checkedDatabase(database);
  }
  return encrypt(Readable.from(plain(), { objectMode: false }), { recipients });
}

/**
 * Opens what {@link sealSnapshot} has made.
 * @returns the header, and etcd's own file, which fails at its end where it is not whole. Close what is not read.
 * @throws AgeError where another key is needed; SnapshotError where it is something else
 */
export async function openSnapshot(
  sealed: Readable,
  identities: readonly string[],
): Promise<{ header: SnapshotHeader; database: Readable; close: () => void }> {
  const plain = await decrypt(sealed, { identities });
  const close = () => {
    plain.on("error", () => {}).destroy(); // the rest of it is of no interest, nor are its faults
    sealed.destroy();
  };
  const chunks = plain[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let start: Buffer = Buffer.alloc(0);
  try {
    for (;;) {
      const { value, done } = (await chunks.next()) as IteratorResult<Buffer, undefined>;
      if (!done) start = Buffer.concat([start, value]);
      const at = start.indexOf(NEWLINE);
      if (at >= 0) {
        const header = readHeader(start.subarray(0, at).toString());
        const database = Readable.from(checkedDatabase(continued(start.subarray(at + 1), chunks)), {
          objectMode: false,
        });
        return { header, database, close };
      }
      if (done || start.length > LONGEST) throw new SnapshotError("it is no snapshot that kluster has taken");
    }
  } catch (error) {
    close();
    throw error;
  }
}

async function* continued(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

function readHeader(line: string): SnapshotHeader {
  let header: Partial<SnapshotHeader> | undefined;
  try {
    header = JSON.parse(line) as Partial<SnapshotHeader>;
  } catch {
    // said below, without what it holds
  }
  if (header?.format !== FORMAT || !Array.isArray(header.encryptionKeys))
    throw new SnapshotError("it is no snapshot that this version of kluster can read");
  return header as SnapshotHeader;
}
