import { isIPv4 } from "node:net";

/** The address as a number; undefined when the text is no dotted IPv4 address (010 is none: some take it for eight). */
export function ipv4(text: string): number | undefined {
  return isIPv4(text) ? text.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0) : undefined;
}

const dotted = (bits: number): string => [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".");

export const netmask = (prefixLength: number): string => dotted(2 ** 32 - 2 ** (32 - prefixLength));

/**
 * Length of the network part of a mask, which VirtualBox prints in dots or, at times, as eight hex digits;
 * undefined when it is no mask at all (0f000000 has been seen).
 */
export function prefixLengthOf(mask: string): number | undefined {
  const bits = /^[0-9a-f]{8}$/i.test(mask) ? parseInt(mask, 16) : ipv4(mask);
  if (bits === undefined) return undefined;
  const length = Math.clz32(~bits);
  return netmask(length) === dotted(bits) ? length : undefined;
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
