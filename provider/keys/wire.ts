/** The field encoding that all of SSH is made of (RFC 4251, 5): a length of four bytes and that many bytes. */
export function field(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Reads fields one after the other. Every method throws a RangeError where the bytes end too early. */
export class FieldReader {
  private position = 0;
  constructor(private readonly bytes: Buffer) {}

  uint32(): number {
    if (this.position + 4 > this.bytes.length) throw new RangeError("a number is cut off");
    const value = this.bytes.readUInt32BE(this.position);
    this.position += 4;
    return value;
  }

  field(): Buffer {
    const length = this.uint32();
    if (this.position + length > this.bytes.length) throw new RangeError("a field is cut off");
    this.position += length;
    return this.bytes.subarray(this.position - length, this.position);
  }
}
