import { formatAddress } from "./cidr";
import { type HostSettings, type VirtualBoxHost } from "./cluster";
import { DEFAULTS } from "./defaults";
import { type Inventory } from "./inventory";
import { MASTER_MEMORY } from "./limits";
import { type StackConfig } from "./stack";

/** Every host of the inventory with the stack's values where it has none of its own; reports a master with too little. */
export function describeHosts(stack: StackConfig, inventory: Inventory): HostSettings[] {
  refuseSmallMaster(stack, inventory);
  return inventory.hosts.map((host) => ({
    name: host.name,
    address: formatAddress(host.address ?? 0), // 0 has been reported
    nodeAddress: formatAddress(host.address ?? 0),
    roles: host.name === inventory.master ? ["master", "node"] : ["node"],
    ...(host.diskUuid === undefined ? {} : { diskUuid: host.diskUuid }),
    modules: host.modules,
  }));
}

/** The sizes of every VirtualBox machine. */
export function describeSizes(stack: StackConfig, inventory: Inventory): Record<string, VirtualBoxHost> {
  const sizes = inventory.hosts.map((host) => [
    host.name,
    {
      memory: host.memory ?? stack.hosts.memory,
      cpus: host.cpus ?? stack.hosts.cpus,
      disk: host.disk ?? stack.hosts.disk,
    },
  ]);
  return Object.fromEntries(sizes);
}

/** The stack's memory may suit nodes and yet be too little for the master, which says nothing itself. */
function refuseSmallMaster(stack: StackConfig, inventory: Inventory): void {
  const master = inventory.hosts.find(({ name }) => name === inventory.master);
  if (!master || master.section.has("memory") || stack.hosts.memory >= MASTER_MEMORY.min) return;
  stack.section.refuse("memory", {
    what: `too little for the master ${master.name}: ${MASTER_MEMORY.because}`,
    allowed: `${MASTER_MEMORY.min} MB or more, or a memory of its own for ${master.name}`,
    next: master.section.set("memory", String(DEFAULTS.memory)),
  });
}
