import { type AddressRange, type Cidr, formatAddress, formatCidr } from "../cidr";
import { type PinnedFile, type VirtualBoxSettings } from "../cluster";
import { DEFAULTS } from "../defaults";
import { type Inventory } from "../inventory";
import { CPUS, DISK, type Limits, MASTER_MEMORY, NODE_MEMORY, NODE_NETWORK_PREFIX } from "../limits";
import { readInstaller } from "../pins";
import { type Section } from "../section";
import { type MachineKind, type MachineNetwork, type Reserved } from "./kind";
import {
  dhcpRange,
  isPermitted,
  NAT_NETWORK,
  NETWORKS_CONF,
  operatorsAddress,
  type OperatorBox,
  PERMITTED_BY_DEFAULT,
  permittedNetworks,
} from "./virtualbox-ranges";

/** What the stack says of VirtualBox's machines; what is undefined was reported. */
interface VirtualBoxStack {
  adapter?: "hostonly" | "bridged";
  bridge?: string;
  installer: PinnedFile;
  /** MB; for hosts that say nothing themselves. */
  memory: number;
  cpus: number;
  /** MB */
  disk: number;
}

/** Machines of VirtualBox on the operator's box. */
export const virtualBox: MachineKind = {
  keys: {
    stack: ["adapter", "bridge", "memory", "cpus", "disk", "installer"],
    host: ["memory", "cpus", "disk"],
  },
  read(section) {
    const stack = readStack(section);
    return {
      exampleAddress: "192.168.56.11",
      exampleCommand: section.set("memory", 4096),
      network: stack.adapter && networkOf(section, stack.adapter),
      surroundings: [{ what: "VirtualBox's NAT network of every machine", cidr: NAT_NETWORK }],
      encrypted: false, // packets stay on one box
      describe: (inventory, network, box) => describe(section, stack, inventory, network, box),
    };
  },
};

function networkOf(section: Section, adapter: "hostonly" | "bridged"): MachineNetwork {
  const common = {
    alternatives: [DEFAULTS.network, "192.168.57.0/24", "192.168.63.0/24"] as const,
    prefixes: NODE_NETWORK_PREFIX,
    reservedFor: "this box and VirtualBox's DHCP server",
  };
  if (adapter === "bridged") {
    return {
      ...common,
      isGiven: true,
      reserved: () => [],
      wayOutOfOverlap:
        "bridge the machines into another network and give them addresses of it, or take host-only ones: kluster:adapter hostonly, without kluster:bridge and kluster:network",
    };
  }
  const bridged = section.set("adapter", "bridged");
  return {
    ...common,
    isGiven: false,
    reserved: reservedAddresses,
    wayIntoOwnNetwork: `${bridged} (and kluster:bridge to the interface of this box)`,
  };
}

/** Of a host-only network. */
function reservedAddresses(network: Cidr): Reserved[] {
  const operator = operatorsAddress(network);
  const dhcp = dhcpRange(network);
  const server = (range: AddressRange) =>
    `among the addresses of VirtualBox's DHCP server, ${formatAddress(range.from)} to ${formatAddress(range.to)}`;
  return [
    { from: operator, to: operator, what: `this box's own address on ${formatCidr(network)}` },
    ...(dhcp ? [{ ...dhcp, what: server(dhcp) }] : []),
  ];
}

function readStack(section: Section): VirtualBoxStack {
  const adapter = section.choice("adapter", ["hostonly", "bridged"] as const, DEFAULTS.adapter);
  const size = (key: "memory" | "cpus" | "disk", limits: Limits) =>
    section.integer(key, limits, DEFAULTS[key]) ?? DEFAULTS[key];
  return {
    adapter,
    bridge: readBridge(section, adapter),
    installer: readInstaller(section),
    memory: size("memory", NODE_MEMORY),
    cpus: size("cpus", CPUS),
    disk: size("disk", DISK),
  };
}

function readBridge(section: Section, adapter: string | undefined): string | undefined {
  const allowed =
    "the name of the interface of this box that the machines share, such as eth0 (VBoxManage list bridgedifs)";
  if (adapter === "bridged" && !section.has("bridge")) {
    section.refuse("bridge", {
      what: "missing: a bridged adapter needs an interface of this box",
      allowed,
      next: section.set("bridge", "INTERFACE"),
    });
  }
  const bridge = section.text("bridge", allowed, "eth0");
  // It becomes an argument of VBoxManage, which would take a dash for an option.
  const isInterface = bridge !== undefined && !/^-|^\s|\s$|[\p{Cc}]/u.test(bridge);
  if (adapter === "hostonly" && bridge !== undefined) {
    const remove = section.remove("bridge");
    section.refuse("bridge", {
      what: "it has no meaning with adapter hostonly",
      allowed: "only with adapter bridged",
      next: isInterface ? `${remove} (or ${section.set("adapter", "bridged")})` : remove,
    });
  } else if (bridge !== undefined && !isInterface) {
    section.refuse("bridge", { what: "not the name of an interface", allowed });
  }
  return bridge;
}

/** @returns undefined where the adapter is not known */
function describe(
  section: Section,
  stack: VirtualBoxStack,
  inventory: Inventory,
  network: Cidr | undefined,
  box: OperatorBox,
): VirtualBoxSettings | undefined {
  const hosts = inventory.hosts.map((host) => {
    const limits = host.name === inventory.master ? MASTER_MEMORY : NODE_MEMORY;
    return [
      host.name,
      {
        memory: host.section.integer("memory", limits, DEFAULTS.memory) ?? stack.memory,
        cpus: host.section.integer("cpus", CPUS, DEFAULTS.cpus) ?? stack.cpus,
        disk: host.section.integer("disk", DISK, DEFAULTS.disk) ?? stack.disk,
      },
    ] as const;
  });
  refuseSmallMaster(section, stack, inventory);
  const { adapter, bridge, installer } = stack;
  if (!network || !adapter) return undefined;
  if (adapter === "hostonly") refuseForbiddenNetwork(section, network, box);
  return {
    kind: "virtualbox",
    adapter:
      adapter === "hostonly"
        ? { kind: "hostonly", address: formatAddress(operatorsAddress(network)) }
        : { kind: "bridged", interface: bridge ?? "" },
    installer,
    hosts: Object.fromEntries(hosts),
  };
}

/** The stack's memory may suit nodes and yet be too little for the master, which says nothing itself. */
function refuseSmallMaster(section: Section, stack: VirtualBoxStack, inventory: Inventory): void {
  const master = inventory.hosts.find(({ name }) => name === inventory.master);
  if (!master || master.section.has("memory") || stack.memory >= MASTER_MEMORY.min) return;
  section.refuse("memory", {
    what: `too little for the master ${master.name}: ${MASTER_MEMORY.because}`,
    allowed: `${MASTER_MEMORY.min} MB or more, or a memory of its own for ${master.name}`,
    next: master.section.propose("memory", [DEFAULTS.memory]),
  });
}

function refuseForbiddenNetwork(section: Section, cidr: Cidr, box: OperatorBox): void {
  const permitted = permittedNetworks(box);
  if (!permitted || isPermitted(cidr, permitted)) return;
  // The file replaces the default once it is there.
  const line = [
    "*",
    ...(box.networksConf === undefined ? [PERMITTED_BY_DEFAULT] : []),
    formatCidr(cidr),
  ].join(" ");
  section.refuse("network", {
    value: formatCidr(cidr),
    what: "VirtualBox on this box would refuse this host-only network (E_ACCESSDENIED)",
    allowed: permitted.length
      ? `a network within ${permitted.map(formatCidr).join(", ")}`
      : `none at all: ${NETWORKS_CONF} is there and permits no IPv4 network`,
    next: `${permitted.length ? "take such a network, or let" : "let"} root write this line into ${NETWORKS_CONF}: ${line}`,
  });
}
