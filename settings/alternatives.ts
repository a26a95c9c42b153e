import { type Cidr, containsNetwork, formatCidr, networkOf, parseCidr } from "./cidr";
import { DEFAULTS } from "./defaults";
import { PRIVATE_NETWORKS } from "./kinds/hetzner-rules";

type Networks = readonly [string, ...string[]];

/**
 * Private networks that are advised in place of one that is wrong, or overlaps another; the default comes first. Those of the
 * machines are their kind's.
 */
export const ALTERNATIVES = {
  wireguard: [DEFAULTS.wireguard, "10.66.0.0/24", "172.22.0.0/24", "192.168.201.0/24"],
  pods: [DEFAULTS.pods, "10.200.0.0/16", "172.20.0.0/16", "192.168.128.0/17"],
  services: [DEFAULTS.services, "10.201.0.0/16", "172.21.0.0/16", "192.168.64.0/18"],
} satisfies Record<string, Networks>;

/** First addresses from which private networks of any size are tried. */
const FROM = [
  "10.65.0.0",
  "10.128.0.0",
  "10.0.0.0",
  "172.16.0.0",
  "172.24.0.0",
  "192.168.128.0",
  "192.168.0.0",
];

/** Private networks of one size. */
export function privateNetworks(prefix: number): string[] {
  const all = FROM.map((first) => parseCidr(`${first}/${prefix}`)!);
  const inside = all.filter((cidr) =>
    PRIVATE_NETWORKS.some((network) => containsNetwork(parseCidr(network)!, cidr)),
  );
  return [...new Set(inside.map(formatCidr))];
}

/** The network, /24 as most are, that an address of a machine lies in. */
export const usualNetwork = (address: number): Cidr => networkOf(address, 24);
