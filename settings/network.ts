import { type VirtualBoxSettings } from "./cluster";
import {
  type AddressRange,
  type Cidr,
  contains,
  formatAddress,
  formatCidr,
  lastAddress,
  networkOf,
  without,
} from "./cidr";
import { DEFAULTS } from "./defaults";
import { type Inventory, type InventoryHost } from "./inventory";
import { type StackConfig } from "./stack";
import {
  dhcpRange,
  isPermitted,
  NETWORKS_CONF,
  type OperatorBox,
  PERMITTED_BY_DEFAULT,
  permittedNetworks,
} from "./virtualbox-ranges";

/** The machines' network, for arithmetic and for the result. */
export interface Network {
  cidr: Cidr;
  adapter: VirtualBoxSettings["adapter"];
}

/**
 * Settles the machines' network and reports every host whose address does not fit it, and a host-only network that
 * VirtualBox would refuse.
 * @returns undefined where what could be read is not enough to say
 */
export function settleNetwork(
  stack: StackConfig,
  inventory: Inventory,
  box: OperatorBox,
): Network | undefined {
  refuseDoubleAddresses(inventory.hosts);
  const cidr = stack.network ?? mastersNetwork(stack, inventory);
  if (!cidr || !stack.adapter || !stack.virtualbox) return undefined;
  const hostOnly = stack.adapter === "hostonly";
  if (hostOnly) refuseForbiddenNetwork(stack, cidr, box);
  refuseUnfitAddresses(stack, inventory.hosts, cidr, hostOnly);
  return {
    cidr,
    adapter: hostOnly
      ? { kind: "hostonly", address: formatAddress(operatorsAddress(cidr)) }
      : { kind: "bridged", interface: stack.bridge ?? "" },
  };
}

/** With a bridge the machines live in the operator's own network, and most such networks are a /24. */
function mastersNetwork(stack: StackConfig, inventory: Inventory): Cidr | undefined {
  if (stack.adapter !== "bridged" || stack.section.has("network")) return undefined;
  const address = inventory.hosts.find(({ name }) => name === inventory.master)?.address;
  return address === undefined ? undefined : networkOf(address, 24);
}

/** The first address of a host-only network is this box. */
const operatorsAddress = (cidr: Cidr) => cidr.base + 1;

function refuseForbiddenNetwork(stack: StackConfig, cidr: Cidr, box: OperatorBox): void {
  const permitted = permittedNetworks(box);
  if (!permitted || isPermitted(cidr, permitted)) return;
  // The file replaces the default once it is there.
  const line = [
    "*",
    ...(box.networksConf === undefined ? [PERMITTED_BY_DEFAULT] : []),
    formatCidr(cidr),
  ].join(" ");
  stack.section.refuse("network", {
    value: formatCidr(cidr),
    what: "VirtualBox on this box would refuse this host-only network (E_ACCESSDENIED)",
    allowed: permitted.length
      ? `a network within ${permitted.map(formatCidr).join(", ")}`
      : `none at all: ${NETWORKS_CONF} is there and permits no IPv4 network`,
    next: `${permitted.length ? "take such a network, or let" : "let"} root write this line into ${NETWORKS_CONF}: ${line}`,
  });
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
  hosts: readonly InventoryHost[],
  cidr: Cidr,
  hostOnly: boolean,
): void {
  const usable = usableAddresses(cidr, hostOnly);
  if (usable.length === 0) {
    stack.section.refuse("network", {
      value: formatCidr(cidr),
      what: "this box and VirtualBox's DHCP server leave no address for a machine",
      allowed: `a network with room for ${hosts.length} machines, such as ${DEFAULTS.network}`,
      next: stack.section.set("network", DEFAULTS.network),
    });
    return;
  }
  const allowed = usable.map(({ from, to }) => `${formatAddress(from)} to ${formatAddress(to)}`).join(", ");
  const taken = new Set(hosts.map(({ address }) => address));
  for (const { address, section } of hosts) {
    const what = address === undefined ? undefined : unfitness(address, cidr, hostOnly);
    if (what === undefined) continue;
    const free = firstFree(usable, taken);
    taken.add(free);
    const ways = [
      free === undefined
        ? "make the network larger"
        : hostOnly
          ? section.set("host", formatAddress(free))
          : "write an address of that network that nothing else in it has", // which one, only the user knows
      // The usual slip of those who come with machines that live in their own network.
      hostOnly && !contains(cidr, address!)
        ? `if that is an address of your own network: ${bridgedWay(stack)}`
        : "",
    ];
    section.refuse("host", { what, allowed, next: ways.filter((way) => way !== "").join("; ") });
  }
}

const bridgedWay = (stack: StackConfig) =>
  `${stack.section.set("adapter", "bridged")} (and kluster:bridge to the interface of this box)`;

/** The addresses that a machine may have. */
function usableAddresses(cidr: Cidr, hostOnly: boolean): AddressRange[] {
  let usable: AddressRange[] = [{ from: cidr.base + 1, to: lastAddress(cidr) - 1 }];
  if (!hostOnly) return usable;
  const operator = operatorsAddress(cidr);
  usable = usable.flatMap((range) => without(range, { from: operator, to: operator }));
  const dhcp = dhcpRange(cidr);
  return dhcp ? usable.flatMap((range) => without(range, dhcp)) : usable;
}

/** Why a machine can't have this address. */
function unfitness(address: number, cidr: Cidr, hostOnly: boolean): string | undefined {
  const network = formatCidr(cidr);
  if (!contains(cidr, address)) return `outside the machines' network ${network}`;
  if (address === cidr.base) return `the network ${network} itself`;
  if (address === lastAddress(cidr)) return `the broadcast address of ${network}`;
  if (!hostOnly) return undefined;
  if (address === operatorsAddress(cidr)) return `this box's own address on ${network}`;
  const dhcp = dhcpRange(cidr);
  if (!dhcp || address < dhcp.from || address > dhcp.to) return undefined;
  return `among the addresses of VirtualBox's DHCP server, ${formatAddress(dhcp.from)} to ${formatAddress(dhcp.to)}`;
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
