import { toAddress, toNumber } from "../addresses";
import { ApiError } from "../api-error";
import { Cloud } from "../cloud";
import { findLocation } from "../catalogue/locations";
import { Named, PrimaryIp } from "../state";

/** The lab's internet: 198.51.100.10 to .254, and the /64s of 2001:db8:c0de::/48 but the first, the operator's. */
const FIRST_IPV4 = "198.51.100.10";
const LAST_IPV4 = "198.51.100.254";
const IPV6_PREFIX = "2001:db8:c0de";

export const renderPrimaryIp = (ip: PrimaryIp) => ({
  id: ip.id,
  name: ip.name,
  labels: ip.labels,
  created: ip.created,
  type: ip.type,
  ip: ip.ip,
  blocked: false,
  location: findLocation(ip.location)!,
  dns_ptr: Object.entries(ip.dnsPtr).map(([address, name]) => ({ ip: address, dns_ptr: name })),
  assignee_id: ip.assignee,
  assignee_type: ip.assignee === null ? "unassigned" : "server",
  auto_delete: ip.autoDelete,
  protection: { delete: ip.protected },
});

/** Takes a free address. @throws ApiError resource_unavailable when there is none */
export function allocate(
  { state }: Cloud,
  named: Named,
  type: PrimaryIp["type"],
  location: string,
  autoDelete: boolean,
): PrimaryIp {
  const ip = type === "ipv4" ? freeIpv4(state.primaryIps) : freeIpv6(state.primaryIps);
  if (ip === undefined) throw new ApiError("resource_unavailable", "no free IP in the location");
  const primaryIp: PrimaryIp = {
    ...named,
    type,
    ip,
    location,
    assignee: null,
    autoDelete,
    protected: false,
    dnsPtr: type === "ipv4" ? { [ip]: `static.${reversed(ip)}.clients.your-server.de` } : {},
  };
  state.primaryIps.push(primaryIp);
  return primaryIp;
}

function freeIpv4(taken: PrimaryIp[]): string | undefined {
  for (let number = toNumber(FIRST_IPV4); number <= toNumber(LAST_IPV4); number++)
    if (!taken.some(({ ip }) => ip === toAddress(number))) return toAddress(number);
  return undefined;
}

function freeIpv6(taken: PrimaryIp[]): string | undefined {
  for (let subnet = 1; subnet <= 0xffff; subnet++) {
    const ip = `${IPV6_PREFIX}:${subnet.toString(16)}::/64`;
    if (!taken.some((other) => other.ip === ip)) return ip;
  }
  return undefined;
}

const reversed = (ip: string) => ip.split(".").reverse().join(".");

/** The address of this type that a server has. */
export const addressOf = ({ state }: Cloud, server: number, type: PrimaryIp["type"]): PrimaryIp | undefined =>
  state.primaryIps.find((ip) => ip.assignee === server && ip.type === type);
