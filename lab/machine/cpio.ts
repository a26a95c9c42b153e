import { inflateRawSync } from "node:zlib";

/** A file of an archive in the format "newc", the one that Linux unpacks initial ramdisks from. */
export interface CpioEntry {
  /** As it stands in the archive: relative, perhaps with "./" before it. */
  name: string;
  /** File type and permissions, as in stat(2). */
  mode: number;
  uid: number;
  gid: number;
  /** The same for hard links of one file, of which the last has the content. */
  inode: number;
  links: number;
  /** Major and minor number of a device node. */
  device: [number, number];
  content: Buffer;
}

/**
 * The files in an initial ramdisk, read as Linux reads it (init/initramfs.c): any number of archives one after the
 * other, plain or compressed, with zeros between them; a plain one begins at a multiple of four bytes.
 * @throws Error with the place, where Linux would stop with "invalid magic" or "junk"
 */
export function* readInitramfs(image: Buffer): Generator<CpioEntry> {
  for (let at = 0; at < image.length;) {
    if (image[at] === 0) at++;
    else if (image[at] === 0x30 && at % 4 === 0) at += yield* readArchive(image.subarray(at), at);
    else {
      const { content, length } = decompress(image.subarray(at), at);
      for (let inside = 0; inside < content.length;)
        if (content[inside] === 0) inside++;
        else inside += yield* readArchive(content.subarray(inside), at);
      at += length;
    }
  }
}

const magic = { newc: "070701", newcWithChecksums: "070702" };
const headerLength = 110;
const padded = (length: number) => (length + 3) & ~3;

/** @returns bytes of the archive, up to the end of its trailer */
function* readArchive(bytes: Buffer, place: number): Generator<CpioEntry, number> {
  for (let at = 0; ;) {
    const header = bytes.toString("latin1", at, at + headerLength);
    if (!Object.values(magic).includes(header.slice(0, 6)) || header.length < headerLength)
      throw new Error(`no cpio archive at byte ${at} of the archive at byte ${place} of the initrd`);
    const field = (index: number) => parseInt(header.slice(6 + 8 * index, 14 + 8 * index), 16);
    const nameEnd = at + headerLength + field(11);
    const name = bytes.toString("utf8", at + headerLength, nameEnd - 1);
    const start = padded(nameEnd);
    const end = start + field(6);
    if (end > bytes.length)
      throw new Error(`the initrd ends within ${name}, in the archive at byte ${place}`);
    at = padded(end);
    if (name === "TRAILER!!!") return at;
    yield {
      name,
      inode: field(0),
      mode: field(1),
      uid: field(2),
      gid: field(3),
      links: field(4),
      device: [field(9), field(10)],
      content: bytes.subarray(start, end),
    };
  }
}

const gzipFlags = { checksum: 2, extra: 4, name: 8, comment: 16 };

/** One gzip member. Node's own gunzip does not say where it ends. */
function decompress(bytes: Buffer, place: number): { content: Buffer; length: number } {
  if (bytes.readUInt16BE(0) !== 0x1f8b)
    throw new Error(
      `invalid magic at byte ${place} of the initrd (${bytes.toString("hex", 0, 4)}): ` +
        "neither gzip nor, at a multiple of 4 bytes, a cpio archive; the lab reads nothing else",
    );
  const flags = bytes[3];
  let header = 10;
  if (flags & gzipFlags.extra) header += 2 + bytes.readUInt16LE(header);
  for (const flag of [gzipFlags.name, gzipFlags.comment])
    if (flags & flag) header = bytes.indexOf(0, header) + 1;
  if (flags & gzipFlags.checksum) header += 2;
  const { buffer, engine } = inflateRawSync(bytes.subarray(header), { info: true }) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  return { content: buffer, length: header + engine.bytesWritten + 8 };
}
