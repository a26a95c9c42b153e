/** A file for an archive; its folder has to come before it as an entry without content. */
export interface ArchiveEntry {
  /** Without a leading slash. */
  path: string;
  /** Permission bits, such as 0o600. */
  mode: number;
  /** Absent: it is a folder. */
  content?: string;
}

const FOLDER = 0o040000;
const FILE = 0o100000;

/**
 * A cpio archive as the Linux kernel reads it at the end of an initrd ("newc", Documentation/driver-api/early-userspace/
 * buffer-format.rst in its sources), everything in it root's. Made here and not by a program of the machine: Debian 13
 * has cpio, newer ones need not.
 */
export function cpioArchive(entries: readonly ArchiveEntry[]): Buffer {
  const records = entries.map(({ path, mode, content }, i) =>
    content === undefined
      ? record(i + 1, FOLDER | mode, path, Buffer.alloc(0))
      : record(i + 1, FILE | mode, path, Buffer.from(content, "utf8")),
  );
  return Buffer.concat([...records, record(0, 0, "TRAILER!!!", Buffer.alloc(0))]);
}

function record(inode: number, mode: number, path: string, content: Buffer): Buffer {
  const name = Buffer.from(`${path}\0`, "utf8");
  const [owner, group, links, time, device] = [0, 0, 1, 0, 0];
  const numbers = [
    ...[inode, mode, owner, group, links, time, content.length],
    ...[device, device, device, device, name.length],
    0, // no checksum in this format
  ];
  const header = "070701" + numbers.map((n) => n.toString(16).padStart(8, "0").toUpperCase()).join("");
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header, "latin1"), name])), padded(content)]);
}

/** With zeros up to a multiple of 4 bytes. */
function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
