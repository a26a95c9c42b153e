import { type Cidr, formatAddress } from "./cidr";
import { CONTROL_PLANE_TAINT } from "./taints";
import { type HostSettings } from "./cluster";
import { type Inventory } from "./inventory";

/**
 * What is the same of every host, whatever its kind.
 * @param wireguard the network that the nodes speak to each other in; without one it is the machines' own
 */
export function describeHosts(
  inventory: Inventory,
  network: Cidr,
  wireguard: Cidr | undefined,
  allowSchedulingOnMaster: boolean,
): HostSettings[] {
  return inventory.hosts.map(({ name, address = 0, diskUuid, labels, taints, modules }) => ({
    name,
    address: formatAddress(address), // 0 has been reported
    nodeAddress: formatAddress(wireguard ? wireguard.base + (address - network.base) : address),
    roles: name === inventory.master ? ["master", "node"] : ["node"],
    ...(diskUuid === undefined ? {} : { diskUuid }),
    labels,
    taints: {
      ...taints,
      ...(name === inventory.master && !allowSchedulingOnMaster ? CONTROL_PLANE_TAINT : {}),
    },
    modules,
  }));
}
