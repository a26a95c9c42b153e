import { isIPv4 } from "node:net";
import { ActionRecord, begin } from "../actions";
import { overlap, parseRange, Range, toAddress, toNumber } from "../addresses";
import { ApiError, invalidInput } from "../api-error";
import { findLocation } from "../catalogue/locations";
import { Cloud } from "../cloud";
import { integer, optionalText, texts } from "../fields";
import { byId } from "../names";
import { gatewayOf } from "../networks/networks";
import { Network, Server } from "../state";
import { resource } from "./servers";

/** Networks that a server is in at most, and servers that a network holds. */
const NETWORKS = 3;
const SERVERS = 100;

/** Hetzner's own address, which no server gets. */
const RESERVED = "172.31.1.1";

/**
 * Begins to attach a server to the network of `body`, at its `ip` or the first free address of a subnet in the
 * server's network zone. @throws ApiError when that is not possible
 */
export function beginAttach(
  cloud: Cloud,
  server: Server,
  body: Record<string, unknown>,
  after: ActionRecord | null = null,
): ActionRecord {
  const network = byId(cloud.state.networks, integer(body, "network"), "network");
  if (server.privateNets.some((nic) => nic.network === network.id))
    throw new ApiError("server_already_attached", "server is already attached to the network");
  if (server.privateNets.length >= NETWORKS)
    throw new ApiError("resource_limit_exceeded", `a server can be in ${NETWORKS} networks`);
  const range = parseRange(network.ipRange)!;
  const others = cloud.state.networks.filter(({ id }) =>
    server.privateNets.some((nic) => nic.network === id),
  );
  if (others.some((other) => overlap(parseRange(other.ipRange)!, range)))
    throw new ApiError("networks_overlap", "the network overlaps with another one of the server");
  if (addressesIn(cloud, network).size >= SERVERS)
    throw new ApiError("resource_limit_exceeded", `a network has at most ${SERVERS} servers`);

  const ip = chooseAddress(cloud, network, server, optionalText(body, "ip"), optionalText(body, "ip_range"));
  const aliasIps = aliasIpsIn(cloud, network, server, body);
  return begin(
    cloud,
    "attach_to_network",
    [resource(server.id), { type: "network", id: network.id }],
    { do: "attach", server: server.id, network: network.id, ip, aliasIps },
    after,
  );
}

/** Further addresses for a server in a network. @throws ApiError where one is not the network's, or is taken */
export function aliasIpsIn(
  cloud: Cloud,
  network: Network,
  server: Server,
  body: Record<string, unknown>,
): string[] {
  const subnets = network.subnets.map(({ ipRange }) => parseRange(ipRange)!);
  const own = server.privateNets.find((nic) => nic.network === network.id)?.aliasIps ?? [];
  const taken = addressesIn(cloud, network);
  return texts(body, "alias_ips").map((address) => {
    if (!isIPv4(address) || !subnets.some((subnet) => isHost(address, subnet)))
      throw invalidInput({ alias_ips: `${address} is not inside a subnet of the network` });
    if (
      (taken.has(address) && !own.includes(address)) ||
      address === gatewayOf(network) ||
      address === RESERVED
    )
      throw new ApiError("ip_not_available", `the address ${address} is not available`);
    return address;
  });
}

function chooseAddress(
  cloud: Cloud,
  network: Network,
  server: Server,
  wanted: string | undefined,
  ipRange: string | undefined,
): string {
  const zone = findLocation(server.location)!.network_zone;
  const subnets = network.subnets
    .filter((subnet) => subnet.networkZone === zone && (ipRange === undefined || subnet.ipRange === ipRange))
    .map((subnet) => parseRange(subnet.ipRange)!);
  if (subnets.length === 0)
    throw new ApiError("no_subnet_available", `the network has no such subnet in the network zone ${zone}`);
  const taken = addressesIn(cloud, network);
  const isFree = (address: string) =>
    !taken.has(address) && address !== gatewayOf(network) && address !== RESERVED;
  if (wanted === undefined) {
    for (const subnet of subnets)
      for (let number = subnet.first + 1; number < subnet.last; number++)
        if (isFree(toAddress(number))) return toAddress(number);
    throw new ApiError("no_subnet_available", "no address is free in the network's subnets");
  }
  if (!isIPv4(wanted)) throw invalidInput({ ip: "must be an IPv4 address" });
  if (!subnets.some((subnet) => isHost(wanted, subnet)) || !isFree(wanted))
    throw new ApiError("ip_not_available", `the address ${wanted} is not available`);
  return wanted;
}

/** Between a subnet's own address and its broadcast address. */
const isHost = (address: string, { first, last }: Range) =>
  first < toNumber(address) && toNumber(address) < last;

/** Addresses of the network that servers have, or will have once their actions are through. */
function addressesIn({ state }: Cloud, network: Network): Set<string> {
  const taken = new Set<string>();
  for (const { privateNets } of state.servers)
    for (const nic of privateNets)
      if (nic.network === network.id) for (const ip of [nic.ip, ...nic.aliasIps]) taken.add(ip);
  for (const { status, work } of state.actions)
    if (status === "running" && work?.do === "attach" && work.network === network.id) taken.add(work.ip);
  return taken;
}
