import { ALTERNATIVES, usualNetwork } from "./alternatives";
import {
  type AddressRange,
  type Cidr,
  contains,
  formatAddress,
  formatCidr,
  lastAddress,
  parseCidr,
  without,
} from "./cidr";
import { DEFAULTS } from "./defaults";
import { type Inventory, type InventoryHost } from "./inventory";
import { HETZNER_NETWORK_PREFIX, NODE_NETWORK_PREFIX } from "./limits";
import { readCidr } from "./read-cidr";
import { PRIVATE_NETWORKS } from "./hetzner-rules";
import { type StackConfig } from "./stack";
import { dhcpRange, operatorsAddress } from "./virtualbox-ranges";

/** Addresses of the machines' network that no machine can have, and why. */
interface Reserved extends AddressRange {
  what: string;
}

/**
 * Settles the machines' network and reports every host whose address does not fit it.
 * @returns undefined where what could be read is not enough to say
 */
export function settleNetwork(stack: StackConfig, inventory: Inventory): Cidr | undefined {
  const written = readNetwork(stack, inventory.hosts);
  refuseDoubleAddresses(inventory.hosts);
  const cidr = written ?? mastersNetwork(stack, inventory);
  if (!cidr || !stack.machines) return undefined;
  if (stack.machines.kind === "virtualbox" && !stack.machines.adapter) return undefined;
  refuseUnfitAddresses(stack, inventory.hosts, cidr);
  return cidr;
}

/** @returns undefined where it is wrong; with a bridge, too, where the master's address decides */
function readNetwork(stack: StackConfig, hosts: readonly InventoryHost[]): Cidr | undefined {
  const { section, machines } = stack;
  const isHetzner = machines?.kind === "hetzner";
  const examples = ALTERNATIVES[isHetzner ? "hetznerNetwork" : "network"];
  if (!section.has("network")) {
    return isHetzner || machines?.adapter === "hostonly" ? parseCidr(examples[0]) : undefined;
  }
  return readCidr(section, "network", {
    examples,
    fitting: hosts.flatMap(({ address }) => (address === undefined ? [] : formatCidr(usualNetwork(address)))),
    ...(isHetzner
      ? { prefixes: HETZNER_NETWORK_PREFIX, within: HETZNER_NETWORKS }
      : { prefixes: NODE_NETWORK_PREFIX }),
  });
}

const HETZNER_NETWORKS = {
  networks: PRIVATE_NETWORKS,
  because: "not private: Hetzner Cloud has no other networks than those of RFC 1918",
};

/** Whether the network is the operator's own, which is there already and has other people's machines in it. */
export const isBridged = ({ machines }: StackConfig) =>
  machines?.kind === "virtualbox" && machines.adapter === "bridged";

const isHostOnly = ({ machines }: StackConfig) =>
  machines?.kind === "virtualbox" && machines.adapter === "hostonly";

/** With a bridge the machines live in the operator's own network, and most such networks are a /24. */
function mastersNetwork(stack: StackConfig, inventory: Inventory): Cidr | undefined {
  if (!isBridged(stack) || stack.section.has("network")) return undefined;
  const address = inventory.hosts.find(({ name }) => name === inventory.master)?.address;
  return address === undefined ? undefined : usualNetwork(address);
}

function refuseDoubleAddresses(hosts: readonly InventoryHost[]): void {
  const owners = new Map<number, string>();
  for (const { address, name, section } of hosts) {
    if (address === undefined) continue;
    const owner = owners.get(address);
    if (owner === undefined) owners.set(address, name);
    else {
      section.refuse("host", {
        what: `${owner} has this address too`,
        allowed: "an address that no other host has",
        next: `give ${owner} or ${name} another address`,
      });
    }
  }
}

function refuseUnfitAddresses(stack: StackConfig, hosts: readonly InventoryHost[], cidr: Cidr): void {
  const reserved = reservedAddresses(stack, cidr);
  const usable = usableAddresses(cidr, reserved);
  if (usable.length === 0) {
    stack.section.refuse("network", {
      value: formatCidr(cidr),
      what: "this box and VirtualBox's DHCP server leave no address for a machine",
      allowed: `a network with room for ${hosts.length} machines, such as ${DEFAULTS.network}`,
      next: stack.section.propose("network", ALTERNATIVES.network),
    });
    return;
  }
  const allowed = usable.map(({ from, to }) => `${formatAddress(from)} to ${formatAddress(to)}`).join(", ");
  const taken = new Set(hosts.map(({ address }) => address));
  const [first] = hosts.flatMap(({ address }) => address ?? []);
  // Machines that all have addresses of one network, and none was named for them.
  const isForeign =
    isHostOnly(stack) &&
    !stack.section.has("network") &&
    taken.size === hosts.length &&
    hosts.every(({ address }) => address !== undefined && contains(usualNetwork(first), address));
  for (const { address, section } of hosts) {
    const what = address === undefined ? undefined : unfitness(address, cidr, reserved);
    if (what === undefined) continue;
    const free = firstFree(usable, taken);
    taken.add(free);
    // The usual slip of those who come with machines that live in their own network.
    const otherWay =
      isForeign && !contains(cidr, address!)
        ? `; if that is an address of your own network: ${bridgedWay(stack)}`
        : "";
    section.refuse("host", {
      what,
      allowed,
      next:
        free === undefined
          ? `make the network larger${otherWay}`
          : isBridged(stack)
            ? "write an address of that network that nothing else in it has" // which one, only the user knows
            : section.propose(
                "host",
                [formatAddress(free)],
                "put the network right, then give the machine an address of it",
                (command) => command + otherWay,
              ),
    });
  }
}

const bridgedWay = (stack: StackConfig) =>
  `${stack.section.set("adapter", "bridged")} (and kluster:bridge to the interface of this box)`;

function reservedAddresses(stack: StackConfig, cidr: Cidr): Reserved[] {
  const first = cidr.base + 1;
  if (stack.machines?.kind === "hetzner") {
    return [{ from: first, to: first, what: `the address of Hetzner's gateway on ${formatCidr(cidr)}` }];
  }
  if (!isHostOnly(stack)) return [];
  const operator = operatorsAddress(cidr);
  const dhcp = dhcpRange(cidr);
  const server = (range: AddressRange) =>
    `among the addresses of VirtualBox's DHCP server, ${formatAddress(range.from)} to ${formatAddress(range.to)}`;
  return [
    { from: operator, to: operator, what: `this box's own address on ${formatCidr(cidr)}` },
    ...(dhcp ? [{ ...dhcp, what: server(dhcp) }] : []),
  ];
}

/** The addresses that a machine may have. */
function usableAddresses(cidr: Cidr, reserved: readonly Reserved[]): AddressRange[] {
  const all: AddressRange[] = [{ from: cidr.base + 1, to: lastAddress(cidr) - 1 }];
  return reserved.reduce((usable, hole) => usable.flatMap((range) => without(range, hole)), all);
}

/** Why a machine can't have this address. */
function unfitness(address: number, cidr: Cidr, reserved: readonly Reserved[]): string | undefined {
  const network = formatCidr(cidr);
  if (!contains(cidr, address)) return `outside the machines' network ${network}`;
  if (address === cidr.base) return `the network ${network} itself`;
  if (address === lastAddress(cidr)) return `the broadcast address of ${network}`;
  return reserved.find(({ from, to }) => address >= from && address <= to)?.what;
}

function firstFree(
  ranges: readonly AddressRange[],
  taken: ReadonlySet<number | undefined>,
): number | undefined {
  for (const { from, to } of ranges) {
    for (let address = from; address <= to; address++) if (!taken.has(address)) return address;
  }
  return undefined;
}
