import { usualNetwork } from "./alternatives";
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
import { type MachineNetwork, type Reserved } from "./kinds";
import { NODE_NETWORK_PREFIX } from "./limits";
import { readCidr } from "./read-cidr";
import { type StackConfig } from "./stack";

/**
 * Settles the machines' network and reports every host whose address does not fit it.
 * @returns undefined where what could be read is not enough to say
 */
export function settleNetwork(stack: StackConfig, inventory: Inventory): Cidr | undefined {
  const written = readNetwork(stack, inventory.hosts);
  refuseDoubleAddresses(inventory.hosts);
  const cidr = written ?? mastersNetwork(stack, inventory);
  const network = stack.machines?.network;
  if (!cidr || !network) return undefined;
  refuseUnfitAddresses(stack, network, inventory.hosts, cidr);
  return cidr;
}

/** @returns undefined where it is wrong, or the master's address decides */
function readNetwork(stack: StackConfig, hosts: readonly InventoryHost[]): Cidr | undefined {
  const { section, machines } = stack;
  const network = machines?.network;
  if (!section.has("network"))
    return network && !network.isGiven ? parseCidr(network.alternatives[0]) : undefined;
  return readCidr(section, "network", {
    examples: network?.alternatives ?? [DEFAULTS.network],
    fitting: hosts.flatMap(({ address }) => (address === undefined ? [] : formatCidr(usualNetwork(address)))),
    prefixes: network?.prefixes ?? NODE_NETWORK_PREFIX,
    within: network?.within,
  });
}

/** Most networks that people have are a /24. */
function mastersNetwork(stack: StackConfig, inventory: Inventory): Cidr | undefined {
  if (!stack.machines?.network?.isGiven || stack.section.has("network")) return undefined;
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

function refuseUnfitAddresses(
  stack: StackConfig,
  network: MachineNetwork,
  hosts: readonly InventoryHost[],
  cidr: Cidr,
): void {
  const reserved = network.reserved(cidr);
  const usable = usableAddresses(cidr, reserved);
  if (usable.length === 0) {
    stack.section.refuse("network", {
      value: formatCidr(cidr),
      what: `${network.reservedFor} leave no address for a machine`,
      allowed: `a network with room for ${hosts.length} machines, such as ${network.alternatives[0]}`,
      next: stack.section.propose("network", network.alternatives),
    });
    return;
  }
  const allowed = usable.map(({ from, to }) => `${formatAddress(from)} to ${formatAddress(to)}`).join(", ");
  const taken = new Set(hosts.map(({ address }) => address));
  const [first] = hosts.flatMap(({ address }) => address ?? []);
  // Machines that all have addresses of one network, and none was named for them.
  const isForeign =
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
      isForeign && network.wayIntoOwnNetwork && !contains(cidr, address!)
        ? `; if that is an address of your own network: ${network.wayIntoOwnNetwork}`
        : "";
    section.refuse("host", {
      what,
      allowed,
      next:
        free === undefined
          ? `make the network larger${otherWay}`
          : network.isGiven
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
