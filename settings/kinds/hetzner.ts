import { type Cidr, formatCidr } from "../cidr";
import { type HetznerHost, type HetznerSettings } from "../cluster";
import { DEFAULTS } from "../defaults";
import { type Inventory, type InventoryHost } from "../inventory";
import { HETZNER_NETWORK_PREFIX } from "../limits";
import { readList } from "../list";
import { show } from "../problems";
import { type Section } from "../section";
import { ACCESS_RULE, isIPv6Network } from "./access";
import {
  IMAGE,
  isServerName,
  LOCATIONS_BY_ZONE,
  locationsByZone,
  LOCATIONS_RULE,
  locationsOf,
  NETWORKS_PER_RULE,
  PRIVATE_NETWORKS,
  PUBLIC_GATEWAY,
  SERVER_NAME_RULE,
  SERVER_TYPES_RULE,
  SERVERS_PER_NETWORK,
  zoneOf,
} from "./hetzner-rules";
import { type MachineKind } from "./kind";

/** What the stack says of its servers at Hetzner; what is wrong was reported and has its default. */
interface HetznerStack {
  image: string;
  access: string[];
  /** The rest is for hosts that say nothing themselves. */
  serverTypes: string[];
  locations: string[];
  ipv4: boolean;
  /** Undefined where the user says nothing: the master alone is protected. */
  protect?: boolean;
}

/** Servers of Hetzner Cloud. */
export const hetzner: MachineKind = {
  keys: {
    stack: ["access", "serverTypes", "locations", "image", "ipv4", "protect"],
    host: ["server_types", "locations", "ipv4", "protect"],
  },
  read(section, name) {
    const stack = readStack(section, name);
    return {
      exampleAddress: "10.64.0.11",
      exampleCommand: section.set("ipv4", false),
      network: {
        alternatives: [DEFAULTS.hetznerNetwork, "10.67.0.0/24", "172.24.0.0/24", "192.168.200.0/24"],
        prefixes: HETZNER_NETWORK_PREFIX,
        within: {
          networks: PRIVATE_NETWORKS,
          because: "not private: Hetzner Cloud has no other networks than those of RFC 1918",
        },
        isGiven: false,
        reserved: gateway,
        reservedFor: "Hetzner's gateway",
      },
      surroundings: [{ what: "the gateway of every server's public address", cidr: PUBLIC_GATEWAY }],
      encrypted: true, // private networks are not, and are shared hardware
      describe: (inventory) => describe(section, name, stack, inventory),
    };
  },
};

function gateway(network: Cidr) {
  const first = network.base + 1;
  return [{ from: first, to: first, what: `the address of Hetzner's gateway on ${formatCidr(network)}` }];
}

function readStack(section: Section, stack: string): HetznerStack {
  return {
    image: readImage(section),
    access: readAccess(section, stack),
    serverTypes: readList(section, "serverTypes", SERVER_TYPES_RULE) ?? [...DEFAULTS.serverTypes],
    locations: readList(section, "locations", LOCATIONS_RULE) ?? [...DEFAULTS.locations],
    ipv4: section.flag("ipv4", DEFAULTS.ipv4) ?? DEFAULTS.ipv4,
    protect: section.flag("protect", true),
  };
}

function readImage(section: Section): string {
  const allowed = `the name of a stock image of Debian, such as ${DEFAULTS.image}`;
  const image = section.text("image", allowed, DEFAULTS.image);
  if (image !== undefined && !IMAGE.test(image)) {
    section.refuse("image", {
      what: "not an image that NixOS can take over from",
      allowed,
      next: section.propose("image", [DEFAULTS.image]),
    });
  }
  return image ?? DEFAULTS.image;
}

/** There is no default: open to everybody is no choice to be made in silence, and nobody else knows the operator's address. */
function readAccess(section: Section, stack: string): string[] {
  if (!section.has("access")) {
    section.refuse("access", {
      what: "missing: nobody could reach the servers, you neither",
      allowed: ACCESS_RULE.allowed,
      next: `setup/allow --stack ${stack} (adds the address that you have on the internet now)`,
    });
    return [];
  }
  const access = readList(section, "access", ACCESS_RULE) ?? [];
  if (access.length > NETWORKS_PER_RULE) {
    section.refuse("access", {
      value: undefined,
      what: `${access.length} networks, and a rule of Hetzner's firewall holds ${NETWORKS_PER_RULE}`,
      allowed: ACCESS_RULE.allowed,
      next: "take some out, or name larger networks that hold several of them",
    });
  }
  return access;
}

function describe(
  section: Section,
  stackName: string,
  stack: HetznerStack,
  inventory: Inventory,
): HetznerSettings {
  const hosts = inventory.hosts.map((host) => [host.name, readHost(host, stack, inventory.master)] as const);
  const networkZone = settleZone(section, stack, inventory, new Map(hosts));
  refuseUnreachable(section, stack, inventory, new Map(hosts));
  refuseServerNames(section, stackName, inventory);
  refuseManyServers(inventory);
  return {
    kind: "hetzner",
    image: stack.image,
    access: stack.access,
    networkZone,
    hosts: Object.fromEntries(hosts),
  };
}

function readHost(
  { name, section }: InventoryHost,
  stack: HetznerStack,
  master: string | undefined,
): HetznerHost {
  return {
    serverTypes: readList(section, "server_types", SERVER_TYPES_RULE) ?? stack.serverTypes,
    locations: readList(section, "locations", LOCATIONS_RULE) ?? stack.locations,
    ipv4: section.flag("ipv4", DEFAULTS.ipv4) ?? stack.ipv4,
    protect: section.flag("protect", true) ?? stack.protect ?? name === master, // etcd is there
  };
}

/** The servers' private network is in one zone, and all of them in it. The first location that is used decides which. */
function settleZone(
  section: Section,
  stack: HetznerStack,
  inventory: Inventory,
  hosts: ReadonlyMap<string, HetznerHost>,
): string {
  const own = inventory.hosts.filter((host) => host.section.has("locations"));
  const usesStacks = own.length < inventory.hosts.length || own.length === 0;
  const lists = [
    ...(usesStacks ? [{ section, locations: stack.locations }] : []),
    ...own.map((host) => ({ section: host.section, locations: hosts.get(host.name)!.locations })),
  ];
  const first = lists[0].locations[0];
  const zone = zoneOf(first);
  for (const list of lists) {
    const stray = list.locations.find((location) => zoneOf(location) !== zone);
    if (stray === undefined) continue;
    list.section.refuse("locations", {
      value: list.locations,
      what: `${stray} is in the network zone ${zoneOf(stray)}, and ${first} in ${zone}: the servers of a cluster share one network, which is in one zone`,
      allowed: `locations of one zone: ${LOCATIONS_BY_ZONE}`,
      next: list.section.propose("locations", [locationsOf(zone), ...locationsByZone()]),
    });
  }
  return zone;
}

/** A server without IPv4 is reached over IPv6 alone, and access may name no such network. */
function refuseUnreachable(
  section: Section,
  stack: HetznerStack,
  inventory: Inventory,
  hosts: ReadonlyMap<string, HetznerHost>,
): void {
  if (stack.access.length === 0 || stack.access.some(isIPv6Network)) return;
  const unreachable = inventory.hosts.filter(({ name }) => !hosts.get(name)!.ipv4);
  const own = unreachable.filter((host) => host.section.has("ipv4"));
  const places = own.length < unreachable.length ? [section] : [];
  for (const place of [...places, ...own.map((host) => host.section)]) {
    place.refuse("ipv4", {
      what: "without a public IPv4 address nobody reaches the server: kluster:access names no IPv6 network",
      allowed: "true, or false with an IPv6 network of yours in kluster:access",
      next: place.propose("ipv4", [true]),
    });
  }
}

function refuseServerNames(section: Section, stack: string, inventory: Inventory): void {
  for (const { name, section: host } of inventory.hosts) {
    if (isServerName(`kluster-${stack}-${name}`)) continue;
    if (!isServerName(`kluster-${stack}-x`)) {
      section.refuseWhole({
        value: show(stack),
        what: "Hetzner Cloud takes no server's name that is made of this stack's name",
        allowed: SERVER_NAME_RULE,
        next: "make a stack of another name: pulumi stack init NAME",
      });
      return;
    }
    host.refuseWhole({
      what: `too long together with the stack's name: the server would be kluster-${stack}-${name}`,
      allowed: SERVER_NAME_RULE,
      next: "give the host or the stack a shorter name",
    });
  }
}

function refuseManyServers({ hosts }: Inventory): void {
  hosts[SERVERS_PER_NETWORK]?.section.refuse("host", {
    what: `this is host number ${SERVERS_PER_NETWORK + 1} of ${hosts.length}, and a private network of Hetzner Cloud holds ${SERVERS_PER_NETWORK} servers`,
    allowed: `${SERVERS_PER_NETWORK} hosts at most`,
    next: "take hosts out",
  });
}
