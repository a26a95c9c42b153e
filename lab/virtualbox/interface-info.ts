import { defaultHostOnlyAddress } from "./addresses";
import { HostInterface } from "./host-network";

/** VirtualBox tells its own interfaces by their name. */
export const isHostOnly = (name: string) => name.startsWith("vboxnet");

/** Name of the network that an interface's VMs share, also that of its DHCP server. */
export const networkName = (name: string) => `HostInterfaceNetworking-${name}`;

/** Keys of the global extra data where VirtualBox keeps the address of a host-only interface. */
export const addressKeys = (name: string) => ({
  address: `HostOnly/${name}/IPAddress`,
  netmask: `HostOnly/${name}/IPNetMask`,
});

/** The address that VirtualBox keeps or makes up for a host-only interface. */
export function configuredAddress(name: string, extraData: Record<string, string>) {
  const keys = addressKeys(name);
  const fallback = defaultHostOnlyAddress(name);
  return {
    address: extraData[keys.address] ?? fallback.address,
    netmask: extraData[keys.netmask] ?? fallback.netmask,
  };
}

/** An interface as `list bridgedifs` and `list hostonlyifs` show it. */
export function describeInterface(
  one: HostInterface,
  namespace: number,
  extraData: Record<string, string>,
): string {
  const made = one.address === "" && isHostOnly(one.name) ? configuredAddress(one.name, extraData) : one;
  const lines = [
    `Name:            ${one.name}`,
    `GUID:            ${interfaceGuid(one.name, one.mac, namespace)}`,
    "DHCP:            Disabled",
    `IPAddress:       ${made.address || "0.0.0.0"}`,
    `NetworkMask:     ${made.netmask || "0.0.0.0"}`,
    `IPV6Address:     ${one.ipv6}`,
    `IPV6NetworkMaskPrefixLength: ${one.ipv6Prefix}`,
    `HardwareAddress: ${one.mac}`,
    "MediumType:      Ethernet",
    "Wireless:        No",
    `Status:          ${one.up ? "Up" : "Down"}`,
    `VBoxNetworkName: ${networkName(one.name)}`,
  ];
  return lines.map((line) => `${line}\n`).join("") + "\n";
}

/**
 * GUID of an interface as VirtualBox makes it on Linux: inode of the network namespace, hash of the name (sdbm)
 * with the version bits of a random UUID forced in, MAC address.
 */
export function interfaceGuid(name: string, mac: string, namespace: number): string {
  let hash = 0;
  for (const byte of Buffer.from(name)) hash = (byte + (hash << 6) + (hash << 16) - hash) >>> 0;
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
  const version = ((hash >>> 16) & 0x0fff) | 0x4000;
  return `${hex(namespace, 8)}-${hex(hash & 0xffff, 4)}-${hex(version, 4)}-8000-${mac.replaceAll(":", "")}`;
}
