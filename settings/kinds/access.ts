import { isIPv6 } from "node:net";
import { containsNetwork, formatCidr, parseCidr } from "../cidr";
import { type Fault, type ListRule } from "../list";

/** Who may reach the servers from outside: networks of the internet, IPv4 or IPv6. */
export const ACCESS_RULE: ListRule = {
  allowed:
    "networks of the internet, IPv4 or IPv6, each by its first address and its size, such as 203.0.113.7/32 (one address) or 2001:db8:1::/48",
  example: ["203.0.113.7/32"],
  fault: accessFault,
};

/** Addresses that no packet from the internet comes from: who writes one would lock themselves out. */
const NEVER_SEEN: [network: string, what: string][] = [
  ["10.0.0.0/8", "private addresses, which your router replaces by its public one"],
  ["100.64.0.0/10", "addresses between a provider and its customers, which it replaces by a public one"],
  ["127.0.0.0/8", "loopback addresses"],
  ["169.254.0.0/16", "link-local addresses"],
  ["172.16.0.0/12", "private addresses, which your router replaces by its public one"],
  ["192.168.0.0/16", "private addresses, which your router replaces by its public one"],
  ["224.0.0.0/3", "multicast and reserved addresses"],
  ["::/127", "addresses without a meaning outside one machine"],
  ["::ffff:0:0/96", "IPv4 addresses, which are written as such"],
  ["fc00::/7", "private addresses, which the internet does not carry"],
  ["fe80::/10", "link-local addresses"],
  ["ff00::/8", "multicast addresses"],
];

/** Whether a network is of IPv6, given as {@link ACCESS_RULE} allows. */
export const isIPv6Network = (cidr: string) => cidr.includes(":");

/** What is wrong with a network that is to have access. One of size 0, everybody, is right: it has to be written. */
export function accessFault(text: string): Fault | undefined {
  if (!text.includes("/")) {
    const meant = nearestNetwork(`${text}/${text.includes(":") ? 128 : 32}`);
    return { what: meant ? "an address without a size" : "not a network", meant };
  }
  const nearest = nearestNetwork(text);
  if (nearest === undefined) return { what: "not a network" };
  const unseen = NEVER_SEEN.find(([network]) => isWithin(network, nearest));
  if (unseen) return { what: `${unseen[1]} (${unseen[0]})` };
  if (nearest === text) return undefined;
  const sameAddress = isIPv6Network(text) && canonicalIPv6(text.split("/")[0]) === nearest.split("/")[0];
  return {
    what: sameAddress
      ? "not how this network is written (RFC 5952)"
      : "an address within the network instead of its first",
    meant: nearest,
  };
}

/** The network that an address lies in, as it is written; undefined for anything that is no "address/prefix". */
function nearestNetwork(text: string): string | undefined {
  if (!isIPv6Network(text)) {
    const cidr = parseCidr(text);
    return cidr && formatCidr(cidr);
  }
  const [address, prefix, ...more] = text.split("/");
  if (more.length || !isPlainIPv6(address) || !/^(0|[1-9][0-9]{0,2})$/.test(prefix) || Number(prefix) > 128)
    return undefined;
  const groups = groupsOf(address).map((group, index) => group & mask(Number(prefix), index));
  return `${canonicalIPv6(groups.map((group) => group.toString(16)).join(":"))}/${prefix}`;
}

function isWithin(outer: string, inner: string): boolean {
  if (isIPv6Network(outer) !== isIPv6Network(inner)) return false;
  if (!isIPv6Network(outer)) return containsNetwork(parseCidr(outer)!, parseCidr(inner)!);
  const prefix = outer.split("/")[1];
  return (
    Number(inner.split("/")[1]) >= Number(prefix) &&
    nearestNetwork(`${inner.split("/")[0]}/${prefix}`) === outer
  );
}

/** Without a zone (fe80::1%eth0), which means something on one machine only. */
const isPlainIPv6 = (text: string) => isIPv6(text) && !text.includes("%");

/** As RFC 5952 has it, which is how URLs are written too. */
const canonicalIPv6 = (address: string) => new URL(`http://[${address}]/`).hostname.slice(1, -1);

/** The eight numbers of 16 bits that an address is made of. */
function groupsOf(address: string): number[] {
  const [head, tail] = canonicalIPv6(address).split("::");
  const numbers = (part: string) => (part ? part.split(":").map((group) => parseInt(group, 16)) : []);
  if (tail === undefined) return numbers(head);
  const [before, after] = [numbers(head), numbers(tail)];
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

/** Which bits of the group at `index` belong to the first `prefix` of an address. */
function mask(prefix: number, index: number): number {
  const bits = Math.min(Math.max(prefix - 16 * index, 0), 16);
  return (0xffff << (16 - bits)) & 0xffff;
}
