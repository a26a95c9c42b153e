import { type Cidr, formatAddress, formatCidr } from "./cidr";
import { type PinnedFile, type VirtualBoxSettings } from "./cluster";
import { DEFAULTS } from "./defaults";
import { type Inventory } from "./inventory";
import { CPUS, DISK, type Limits, MASTER_MEMORY, NODE_MEMORY } from "./limits";
import { readInstaller } from "./pins";
import { type Section } from "./section";
import {
  isPermitted,
  NETWORKS_CONF,
  operatorsAddress,
  type OperatorBox,
  PERMITTED_BY_DEFAULT,
  permittedNetworks,
} from "./virtualbox-ranges";

/** What the stack says of VirtualBox's machines; what is undefined was reported. */
export interface VirtualBoxStack {
  kind: "virtualbox";
  adapter?: "hostonly" | "bridged";
  bridge?: string;
  installer: PinnedFile;
  /** MB; for hosts that say nothing themselves. */
  memory: number;
  cpus: number;
  /** MB */
  disk: number;
}

export function readVirtualBox(section: Section): VirtualBoxStack {
  const adapter = section.choice("adapter", ["hostonly", "bridged"] as const, DEFAULTS.adapter);
  const size = (key: "memory" | "cpus" | "disk", limits: Limits) =>
    section.integer(key, limits, DEFAULTS[key]) ?? DEFAULTS[key];
  return {
    kind: "virtualbox",
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

/**
 * All that VirtualBox must know, from the stack and from every host's own keys.
 * @param network the machines' network; without one, nothing about it is checked
 * @returns undefined where the adapter is not known
 */
export function describeVirtualBox(
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
    ];
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
    next: master.section.set("memory", DEFAULTS.memory),
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
