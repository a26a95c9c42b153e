import { type Cidr, formatCidr, overlap, parseCidr } from "./cidr";
import { PUBLIC_GATEWAY } from "./hetzner-rules";
import { PODS_PER_NODE_PREFIX } from "./limits";
import { isBridged } from "./network";
import { type StackConfig } from "./stack";
import { NAT_NETWORK } from "./virtualbox-ranges";

/** A range of addresses, and the key by which the user sets it. */
interface Range {
  key?: "network" | "wireguard" | "pods" | "services";
  what: string;
  cidr: Cidr;
}

/** Private networks that are offered in place of one that overlaps another. */
const ALTERNATIVES = {
  network: ["192.168.56.0/24", "192.168.57.0/24"],
  wireguard: ["10.65.0.0/24", "10.66.0.0/24", "172.22.0.0/24"],
  pods: ["10.244.0.0/16", "10.200.0.0/16", "172.20.0.0/16", "192.168.128.0/17"],
  services: ["10.96.0.0/16", "10.201.0.0/16", "172.21.0.0/16", "192.168.64.0/18"],
};

/** The same for the servers' network at Hetzner. */
const HETZNER_ALTERNATIVES = ["10.64.0.0/24", "10.67.0.0/24", "172.24.0.0/24"];

/**
 * Reports every two of the ranges (machines, WireGuard, pods, services, and what the kind of machines brings with it)
 * that overlap: packets for the one would go to the other.
 */
export function refuseOverlaps(
  stack: StackConfig,
  network: Cidr | undefined,
  wireguard: Cidr | undefined,
): void {
  const ranges: Range[] = [
    stack.machines?.kind === "hetzner"
      ? { what: "the gateway of every server's public address", cidr: PUBLIC_GATEWAY }
      : { what: "VirtualBox's NAT network of every machine", cidr: NAT_NETWORK },
    ...range("network", "the machines' network", network),
    ...range("wireguard", "WireGuard's network", wireguard),
    ...range("pods", "the pods' range", stack.pods),
    ...range("services", "the services' range", stack.services),
  ];
  ranges.forEach((one, index) => {
    for (const other of ranges.slice(index + 1)) {
      if (overlap(one.cidr, other.cidr)) refuseOverlap(stack, one, other, ranges);
    }
  });
}

const range = (key: NonNullable<Range["key"]>, what: string, cidr: Cidr | undefined): Range[] =>
  cidr ? [{ key, what, cidr }] : [];

/**
 * The one that the user has set is to blame; of two, the later. The network behind a bridge is there already, so the
 * other has to give way.
 */
function refuseOverlap(stack: StackConfig, one: Range, other: Range, all: readonly Range[]): void {
  const bridged = isBridged(stack);
  const isChosen = ({ key }: Range) =>
    key === "wireguard"
      ? stack.wireguard.cidr !== undefined
      : key !== undefined && stack.section.has(key) && !(bridged && key === "network");
  // No inventory has addresses of WireGuard's in it: it moves more easily than the machines do.
  const easier = one.key === "network" && other.key === "wireguard";
  const [blamed, against] = !easier && isChosen(one) && !isChosen(other) ? [one, other] : [other, one];
  const rest = all.filter((range) => range !== blamed);
  const alternatives =
    blamed.key === "network" && stack.machines?.kind === "hetzner"
      ? HETZNER_ALTERNATIVES
      : ALTERNATIVES[blamed.key!];
  const free = alternatives.find((text) => !rest.some(({ cidr }) => overlap(cidr, parseCidr(text)!)));
  stack.section.refuse(blamed.key!, {
    value: formatCidr(blamed.cidr),
    what: `${blamed.what} overlaps ${against.what} ${formatCidr(against.cidr)}`,
    allowed: `a network that has no address in common with ${rest.map(({ cidr }) => formatCidr(cidr)).join(", ")}`,
    next:
      bridged && blamed.key === "network"
        ? `bridge the machines into another network, or: ${stack.section.set("adapter", "hostonly")}`
        : stack.section.set(blamed.key!, free ?? "NETWORK"),
  });
}

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
    next: stack.section.set("pods", "10.244.0.0/16"),
  });
}
