/** A file for {@link archive}; what is not said is 0, or empty. */
export interface Packed {
  name: string;
  mode: number;
  content?: string;
  uid?: number;
  gid?: number;
  inode?: number;
  links?: number;
  device?: [number, number];
}

/** An archive as `cpio --format=newc` writes it, to the four-byte boundary after its trailer. */
export function archive(files: Packed[]): Buffer {
  return Buffer.concat([...files, { name: "TRAILER!!!", mode: 0, links: 1 }].map(pack));
}

function pack({ name, mode, content = "", ...rest }: Packed): Buffer {
  const bytes = Buffer.from(content);
  const [major, minor] = rest.device ?? [0, 0];
  const fields = [
    rest.inode ?? 0,
    mode,
    rest.uid ?? 0,
    rest.gid ?? 0,
    rest.links ?? 1,
    0, // time of the last change
    bytes.length,
    0, // device that the archive was made from
    0,
    major,
    minor,
    Buffer.byteLength(name) + 1,
    0, // checksum
  ];
  const header = "070701" + fields.map((field) => field.toString(16).padStart(8, "0")).join("");
  return Buffer.concat([align(Buffer.from(`${header}${name}\0`)), align(bytes)]);
}

function align(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
