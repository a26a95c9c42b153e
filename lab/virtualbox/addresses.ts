/** Host-only interfaces may have addresses here (IPv4), unless /etc/vbox/networks.conf says otherwise. */
const DEFAULT_RANGE = "192.168.56.0/21";

/** The 32 bits of a dotted IPv4 address, undefined if it is none. */
export function parseIpv4(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (!parts || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((bits, part) => bits * 256 + part, 0);
}

/** Dotted form of 32 bits. */
const dotted = (bits: number) => [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join(".");

/** Dotted netmask of a prefix length. */
export const netmaskOf = (prefixLength: number) => dotted(2 ** 32 - 2 ** (32 - prefixLength));

/** Prefix length of a dotted netmask, undefined if it is none. */
export function prefixLengthOf(netmask: string): number | undefined {
  const bits = parseIpv4(netmask);
  if (bits === undefined) return undefined;
  const length = 32 - Math.log2(2 ** 32 - bits);
  return Number.isInteger(length) && length >= 0 ? length : undefined;
}

/** Address and netmask that VirtualBox gives host-only interface vboxnetN when it was told none. */
export function defaultHostOnlyAddress(name: string): { address: string; netmask: string } {
  const index = Number(/\d*$/.exec(name)![0] || 0);
  return { address: dotted(parseIpv4("192.168.56.1")! + index * 256), netmask: "255.255.255.0" };
}

/**
 * Whether a host-only interface may have this IPv4 address: networks.conf has lines `* range [range…]`; when it
 * is missing or names no IPv4 range at all, VirtualBox's own rule holds.
 */
export function isPermittedHostOnlyAddress(address: string, networksConf: string | undefined): boolean {
  const configured = (networksConf ?? "")
    .split("\n")
    .filter((line) => line.startsWith("*"))
    .flatMap((line) => line.slice(1).trim().split(/\s+/))
    .filter((range) => /^[\d.]+\/\d+$/.test(range));
  const bits = parseIpv4(address);
  return (
    bits !== undefined &&
    (configured.length > 0 ? configured : [DEFAULT_RANGE]).some((range) => contains(range, bits))
  );
}

function contains(range: string, bits: number): boolean {
  const [network, length] = range.split("/");
  const size = 2 ** (32 - Number(length));
  const start = parseIpv4(network);
  return start !== undefined && Math.floor(bits / size) === Math.floor(start / size);
}
