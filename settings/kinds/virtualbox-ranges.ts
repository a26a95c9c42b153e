import {
  type AddressRange,
  type Cidr,
  containsNetwork,
  lastAddress,
  networkOf,
  parseAddress,
  parseCidr,
} from "../cidr";

/** Where VirtualBox on Linux and Solaris reads which host-only networks it may make. */
export const NETWORKS_CONF = "/etc/vbox/networks.conf";

/** What it permits where that file is not there (since 6.1.28). */
export const PERMITTED_BY_DEFAULT = "192.168.56.0/21";

/** What the settings must know of the box that the program runs on. */
export interface OperatorBox {
  platform: NodeJS.Platform;
  /** Content of {@link NETWORKS_CONF}; undefined where there is no such file. */
  networksConf?: string;
}

/** VirtualBox's own NAT network of a machine's first adapter; the machine is 10.0.2.15 on it. */
export const NAT_NETWORK: Cidr = { base: parseAddress("10.0.2.0")!, prefix: 24 };

/**
 * The networks that VirtualBox lets host-only adapters have on this box; undefined where it lets them have any
 * (Windows, and macOS, whose host-only networks are of another kind).
 *
 * Read as VBoxNetAdpCtl reads it: a file that is there replaces the default, even an empty one; only lines that start
 * with a lone `*` count; a bare address is a network of one; what can't be read is passed over. IPv6 is of no use here.
 */
export function permittedNetworks(box: OperatorBox): Cidr[] | undefined {
  if (box.platform !== "linux" && box.platform !== "sunos") return undefined;
  if (box.networksConf === undefined) return [parseCidr(PERMITTED_BY_DEFAULT)!];
  return box.networksConf
    .split("\n")
    .map((line) => line.split(/[ \t]+/).filter((word) => word !== ""))
    .filter(([first]) => first === "*")
    .flatMap(([, ...words]) => words)
    .map((word) => parseCidr(word.includes("/") ? word : `${word}/32`))
    .filter((cidr) => cidr !== undefined);
}

/** Whether a host-only adapter may get an address on this network. */
export function isPermitted(network: Cidr, permitted: readonly Cidr[]): boolean {
  return permitted.some((one) => containsNetwork(one, network));
}

/** The first address of a host-only network is this box. */
export const operatorsAddress = (network: Cidr) => network.base + 1;

/**
 * The addresses that VirtualBox's DHCP server uses where it was switched on for a host-only network: itself at .100
 * and leases from .101 to .254 of the operator's /24. It comes with VirtualBox's first host-only network, and another
 * program on the box may switch it on at any time, so no machine gets such an address. Undefined where none of them is
 * in the network.
 */
export function dhcpRange(network: Cidr): AddressRange | undefined {
  const operators24 = networkOf(network.base, 24);
  const from = Math.max(operators24.base + 100, network.base);
  const to = Math.min(operators24.base + 254, lastAddress(network));
  return from <= to ? { from, to } : undefined;
}
