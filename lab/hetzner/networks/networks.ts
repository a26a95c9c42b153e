import { isPrivate, parseRange, Range, toAddress } from "../addresses";
import { Cloud } from "../cloud";
import { Network } from "../state";

export const renderNetwork = ({ state }: Cloud, network: Network) => ({
  id: network.id,
  name: network.name,
  ip_range: network.ipRange,
  subnets: network.subnets.map((subnet) => ({
    type: subnet.type,
    ip_range: subnet.ipRange,
    network_zone: subnet.networkZone,
    gateway: gatewayOf(network),
    vswitch_id: null,
  })),
  routes: network.routes,
  servers: attached({ state }, network).map(({ id }) => id),
  load_balancers: [],
  protection: { delete: network.protected },
  labels: network.labels,
  created: network.created,
  expose_routes_to_vswitch: network.exposeRoutes,
});

/** Servers with a NIC in the network. */
export const attached = ({ state }: Pick<Cloud, "state">, network: Network) =>
  state.servers.filter(({ privateNets }) => privateNets.some((nic) => nic.network === network.id));

/** The first address of the network is Hetzner's router, whichever subnet it lies in. */
export const gatewayOf = (network: Network): string => toAddress(parseRange(network.ipRange)!.first + 1);

/** What is wrong with a network's range, if anything is. */
export function rangeProblem(cidr: string): string | undefined {
  const range = parseRange(cidr);
  if (!range) return "must be an IPv4 range in CIDR notation without host bits";
  if (!isPrivate(range)) return "must be a private IPv4 range of RFC1918";
  if (range.prefixLength > 24) return "must be at least a /24";
  return undefined;
}

export const rangesOf = (network: Network): Range[] =>
  network.subnets.map(({ ipRange }) => parseRange(ipRange)!);
