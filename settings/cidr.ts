import { isIPv4 } from "node:net";

/** IPv4 addresses as numbers from 0 to 2^32 - 1, and networks made of them. Pure arithmetic. */

/** A network: its lowest address and how many leading bits its addresses share. */
export interface Cidr {
  base: number;
  /** 0 to 32 */
  prefix: number;
}

/** Addresses `from` to `to`, both included. */
export interface AddressRange {
  from: number;
  to: number;
}

/**
 * Reads four decimal numbers with dots. Leading zeros are refused: some programs take 010 for eight.
 * @returns undefined for anything else.
 */
export function parseAddress(text: string): number | undefined {
  return isIPv4(text) ? text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0) : undefined;
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

/**
 * Reads "address/prefix". An address inside the network is taken for the network's own, as VirtualBox and most tools
 * do; compare with {@link formatCidr} to know whether it was.
 * @returns undefined for anything else.
 */
export function parseCidr(text: string): Cidr | undefined {
  const parts = text.split("/");
  if (parts.length !== 2 || !/^(0|[1-9][0-9]?)$/.test(parts[1])) return undefined;
  const address = parseAddress(parts[0]);
  const prefix = Number(parts[1]);
  return address === undefined || prefix > 32 ? undefined : networkOf(address, prefix);
}

export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr.base)}/${cidr.prefix}`;
}

/** The network of the given size that an address lies in. */
export function networkOf(address: number, prefix: number): Cidr {
  const size = sizeOf(prefix);
  return { base: Math.floor(address / size) * size, prefix };
}

/** The highest address; where hosts live in the network, its broadcast address. */
export function lastAddress(cidr: Cidr): number {
  return cidr.base + sizeOf(cidr.prefix) - 1;
}

export function contains(cidr: Cidr, address: number): boolean {
  return address >= cidr.base && address <= lastAddress(cidr);
}

/** Whether all of `inner` lies in `outer`. */
export function containsNetwork(outer: Cidr, inner: Cidr): boolean {
  return inner.prefix >= outer.prefix && contains(outer, inner.base);
}

/** Whether some address lies in both. */
export function overlap(one: Cidr, other: Cidr): boolean {
  return containsNetwork(one, other) || containsNetwork(other, one);
}

/** What is left of `range` without `hole`: none, one or two ranges. */
export function without(range: AddressRange, hole: AddressRange): AddressRange[] {
  return [
    { from: range.from, to: Math.min(range.to, hole.from - 1) },
    { from: Math.max(range.from, hole.to + 1), to: range.to },
  ].filter(({ from, to }) => from <= to);
}

/** How many addresses a network of this prefix has. */
function sizeOf(prefix: number): number {
  return 2 ** (32 - prefix);
}
