import { ALTERNATIVES, privateNetworks } from "./alternatives";
import { type Cidr, formatCidr, parseCidr } from "./cidr";
import { DEFAULTS } from "./defaults";
import { type Inventory } from "./inventory";
import { NODE_NETWORK_PREFIX, NODE_PORTS, TAKEN_UDP_PORTS, UDP_PORT } from "./limits";
import { readCidr } from "./read-cidr";
import { type Section } from "./section";
import { type StackConfig } from "./stack";

/** What the stack says of WireGuard. */
export interface WireGuardStack {
  on: boolean;
  /** Undefined where the user names none, or a wrong one. */
  cidr?: Cidr;
  /** UDP */
  port: number;
}

/**
 * Reads whether WireGuard is on, and what of it is the user's choice.
 * @param byDefault where he says nothing of it
 */
export function readWireGuard(section: Section, byDefault: boolean): WireGuardStack {
  const written = section.raw("wireguard");
  const isFlag = [true, false, "true", "false"].includes(written as string | boolean);
  const on = section.has("wireguard") ? !isFlag || String(written) === "true" : byDefault;
  return { on, cidr: isFlag ? undefined : readNetwork(section), port: readPort(section, on) };
}

function readNetwork(section: Section): Cidr | undefined {
  const written = section.raw("wireguard");
  if (written === undefined) return undefined;
  if (typeof written === "string" && /^[0-9.]+(\/[0-9]*)?$/.test(written)) {
    return readCidr(section, "wireguard", {
      prefixes: NODE_NETWORK_PREFIX,
      examples: ALTERNATIVES.wireguard,
    });
  }
  section.refuse("wireguard", {
    what: "neither true, false nor a network",
    allowed: `true, false, or an IPv4 network such as ${DEFAULTS.wireguard}`,
    next: section.propose("wireguard", [true, ...ALTERNATIVES.wireguard, false]),
  });
  return undefined;
}

function readPort(section: Section, on: boolean): number {
  if (!on && section.has("wireguardPort")) {
    section.refuse("wireguardPort", {
      what: "it has no meaning without WireGuard",
      allowed: "only where kluster:wireguard is true or a network",
      next: section.propose(
        "wireguard",
        [true, ...ALTERNATIVES.wireguard],
        section.remove("wireguardPort"),
        (command) => `${section.remove("wireguardPort")} (or ${command})`,
      ),
    });
    return DEFAULTS.wireguardPort;
  }
  const port = section.integer("wireguardPort", UDP_PORT, DEFAULTS.wireguardPort);
  if (port === undefined) return DEFAULTS.wireguardPort;
  const isNodePort = port >= NODE_PORTS.from && port <= NODE_PORTS.to;
  const owner = isNodePort ? "services of type NodePort" : TAKEN_UDP_PORTS.get(port);
  if (owner !== undefined) {
    section.refuse("wireguardPort", {
      what: `this port belongs to ${owner}`,
      allowed: `a free UDP port, such as ${DEFAULTS.wireguardPort}`,
      next: section.propose("wireguardPort", [DEFAULTS.wireguardPort]),
    });
  }
  return port;
}

/**
 * Settles WireGuard's network, in which a host's address has the same place as in the machines' network, and reports
 * one that is too small for that.
 * @returns undefined where WireGuard is off, or what could be read is not enough to say
 */
export function settleWireGuard(
  stack: StackConfig,
  inventory: Inventory,
  network: Cidr | undefined,
): Cidr | undefined {
  const { wireguard, section } = stack;
  if (!wireguard.on || !network) return undefined;
  const isDefault = wireguard.cidr === undefined;
  const cidr = wireguard.cidr ?? defaultFor(network);
  const last = inventory.hosts
    .map(({ name, address }) => ({ name, place: (address ?? network.base) - network.base }))
    .reduce((one, other) => (other.place > one.place ? other : one), { name: "", place: 0 });
  const room = 2 ** (32 - cidr.prefix) - 2;
  // An address outside the machines' network has been reported, and has no place.
  if (last.place <= room || last.place >= 2 ** (32 - network.prefix)) return cidr;
  const prefix = 32 - Math.ceil(Math.log2(last.place + 2));
  section.refuse("wireguard", {
    value: formatCidr(cidr),
    what: `${last.name} has the address number ${last.place} of the machines' network ${formatCidr(network)}, and ${isDefault ? "the default for WireGuard" : "this network"} has ${room}`,
    allowed: `a network of size /${prefix} or larger: a host's address has the same place in both`,
    next: section.propose(
      "wireguard",
      privateNetworks(prefix),
      `give ${last.name} an address nearer to the first of ${formatCidr(network)}`,
    ),
  });
  return cidr;
}

/** As large as the machines' network, so that every place in that is there; but no larger than a /16. */
function defaultFor(network: Cidr): Cidr {
  const { base, prefix } = parseCidr(DEFAULTS.wireguard)!;
  return { base, prefix: Math.min(prefix, Math.max(network.prefix, 16)) };
}
