import { isIPv4, isIPv6 } from "node:net";

/** A range of IPv4 addresses; numbers are addresses as 32-bit values. */
export interface Range {
  first: number;
  last: number;
  prefixLength: number;
}

export const toNumber = (address: string): number =>
  address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

export const toAddress = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");

/** The range of an IPv4 CIDR without host bits; undefined for anything else. */
export function parseRange(cidr: string): Range | undefined {
  const [address, length, ...rest] = cidr.split("/");
  if (rest.length > 0 || !isIPv4(address) || !/^\d{1,2}$/.test(length ?? "") || Number(length) > 32)
    return undefined;
  const first = toNumber(address);
  const size = 2 ** (32 - Number(length));
  return first % size === 0 ? { first, last: first + size - 1, prefixLength: Number(length) } : undefined;
}

export const contains = (outer: Range, inner: Range): boolean =>
  outer.first <= inner.first && inner.last <= outer.last;

export const overlap = (one: Range, other: Range): boolean =>
  one.first <= other.last && other.first <= one.last;

const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map((cidr) => parseRange(cidr)!);

/** Inside one of the private ranges of RFC 1918. */
export const isPrivate = (range: Range): boolean => PRIVATE.some((outer) => contains(outer, range));

/** A CIDR of either family in canonical form; undefined where it is none, or has host bits. */
export function canonicalCidr(cidr: string): string | undefined {
  if (parseRange(cidr)) return cidr;
  const [address, length, ...rest] = cidr.split("/");
  if (rest.length > 0 || !isIPv6(address) || !/^\d{1,3}$/.test(length ?? "") || Number(length) > 128)
    return undefined;
  const canonical = canonicalIpv6(address);
  const hostBits = 128n - BigInt(length);
  return ipv6Number(canonical) % (1n << hostBits) === 0n ? `${canonical}/${Number(length)}` : undefined;
}

/** RFC 5952's form, which URLs are brought into. */
const canonicalIpv6 = (address: string) => new URL(`http://[${address}]`).hostname.slice(1, -1);

function ipv6Number(canonical: string): bigint {
  const [left, right] = canonical.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const groups = right ? [...left, ...Array(8 - left.length - right.length).fill("0"), ...right] : left;
  return groups.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
}
