/** The address as a number; undefined when the text is no dotted IPv4 address. */
export function ipv4(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  const bytes = match.slice(1).map(Number);
  return bytes.every((byte) => byte < 256) ? bytes.reduce((sum, byte) => sum * 256 + byte, 0) : undefined;
}

export function netmask(prefixLength: number): string {
  const bits = prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".");
}

/**
 * Length of the network part of a mask, which VirtualBox prints in dots or, at times, as eight hex digits;
 * undefined when it is no mask at all (0f000000 has been seen).
 */
export function prefixLengthOf(mask: string): number | undefined {
  const bits = /^[0-9a-f]{8}$/i.test(mask) ? parseInt(mask, 16) : ipv4(mask);
  if (bits === undefined) return undefined;
  const length = Math.clz32(~bits);
  return netmask(length) === [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".")
    ? length
    : undefined;
}

export interface Range {
  /** Any address of it. */
  address: string;
  prefixLength: number;
}

/** Whether the two have an address in common. */
export function overlap(one: Range, other: Range): boolean {
  const left = ipv4(one.address);
  const right = ipv4(other.address);
  if (left === undefined || right === undefined) return false;
  const size = 2 ** (32 - Math.min(one.prefixLength, other.prefixLength));
  return Math.floor(left / size) === Math.floor(right / size);
}
