import { ALTERNATIVES, privateNetworks, usualNetwork } from "./alternatives";
import { type Cidr, formatCidr, overlap } from "./cidr";
import { type InventoryHost } from "./inventory";
import { PODS_PER_NODE_PREFIX } from "./limits";
import { type StackConfig } from "./stack";

/** A range of addresses, and the key by which the user sets it. */
interface Range {
  key?: "network" | "wireguard" | "pods" | "services";
  what: string;
  cidr: Cidr;
}

/**
 * Reports every two of the ranges (machines, WireGuard, pods, services, and what the kind of machines brings with it)
 * that overlap: packets for the one would go to the other.
 */
export function refuseOverlaps(
  stack: StackConfig,
  network: Cidr | undefined,
  wireguard: Cidr | undefined,
  hosts: readonly InventoryHost[],
): void {
  const ranges: Range[] = [
    ...(stack.machines?.surroundings ?? []),
    ...range("network", "the machines' network", network),
    ...range("wireguard", "WireGuard's network", wireguard),
    ...range("pods", "the pods' range", stack.pods),
    ...range("services", "the services' range", stack.services),
  ];
  ranges.forEach((one, index) => {
    for (const other of ranges.slice(index + 1)) {
      if (overlap(one.cidr, other.cidr)) refuseOverlap(stack, one, other, ranges, hosts);
    }
  });
}

const range = (key: NonNullable<Range["key"]>, what: string, cidr: Cidr | undefined): Range[] =>
  cidr ? [{ key, what, cidr }] : [];

/**
 * The one that the user has set is to blame; of two, the later. A network that is there already does not give
 * way.
 */
function refuseOverlap(
  stack: StackConfig,
  one: Range,
  other: Range,
  all: readonly Range[],
  hosts: readonly InventoryHost[],
): void {
  const network = stack.machines?.network;
  const isChosen = ({ key }: Range) =>
    key === "wireguard"
      ? stack.wireguard.cidr !== undefined
      : key !== undefined && stack.section.has(key) && !(network?.isGiven && key === "network");
  // No inventory has addresses of WireGuard's in it: it moves more easily than the machines do.
  const easier = one.key === "network" && other.key === "wireguard";
  const [blamed, against] = !easier && isChosen(one) && !isChosen(other) ? [one, other] : [other, one];
  const rest = all.filter((range) => range !== blamed);
  stack.section.refuse(blamed.key!, {
    value: formatCidr(blamed.cidr),
    what: `${blamed.what} overlaps ${against.what} ${formatCidr(against.cidr)}`,
    allowed: `a network that has no address in common with ${rest.map(({ cidr }) => formatCidr(cidr)).join(", ")}`,
    next:
      blamed.key === "network" && network?.wayOutOfOverlap !== undefined
        ? network.wayOutOfOverlap
        : stack.section.propose(
            blamed.key!,
            alternativesTo(blamed, stack, hosts),
            "choose other networks, of which no two overlap",
          ),
  });
}

function alternativesTo({ key, cidr }: Range, stack: StackConfig, hosts: readonly InventoryHost[]): string[] {
  if (key === "network") {
    const own = hosts.flatMap(({ address }) => (address === undefined ? [] : usualNetwork(address)));
    return [...own.map(formatCidr), ...(stack.machines?.network?.alternatives ?? [])];
  }
  // WireGuard's must be no smaller, or hosts would lose their places in it.
  const sameSize = privateNetworks(cidr.prefix);
  return key === "wireguard"
    ? [...ALTERNATIVES.wireguard, ...sameSize]
    : [...ALTERNATIVES[key!], ...sameSize, ...privateNetworks(LARGE_ENOUGH)];
}

/** For all pods or services that anybody has, and small enough to fit between other networks. */
const LARGE_ENOUGH = 20;

/** Reports a range of pods that has no /24 for every host. */
export function refuseCrowdedPods(stack: StackConfig, hosts: number): void {
  if (!stack.pods) return;
  const room = 2 ** (PODS_PER_NODE_PREFIX - stack.pods.prefix);
  if (hosts <= room) return;
  const prefix = PODS_PER_NODE_PREFIX - Math.ceil(Math.log2(hosts));
  stack.section.refuse("pods", {
    value: formatCidr(stack.pods),
    what: `it holds ${room} networks of size /24, and every one of the ${hosts} hosts needs one for its pods`,
    allowed: `a network of size /${prefix} or larger`,
    next: stack.section.propose("pods", [
      ...(prefix >= 16 ? ALTERNATIVES.pods : []),
      ...privateNetworks(prefix),
    ]),
  });
}
