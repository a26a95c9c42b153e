import { isLocked } from "../actions";
import { IMAGES, renderImage } from "../catalogue/images";
import { findLocation } from "../catalogue/locations";
import { renderType } from "../catalogue/server-types";
import { findType } from "../catalogue/changes";
import { ServerType } from "../catalogue/types";
import { Cloud } from "../cloud";
import { firewallsOf } from "../firewalls/firewalls";
import { byId } from "../names";
import { renderPlacementGroup } from "../placement-groups";
import { gatewayOf } from "../networks/networks";
import { addressOf } from "../primary-ips/primary-ips";
import { ServerSpec } from "../server-hardware";
import { PrimaryIp, Server } from "../state";

/** @throws ApiError not_found */
export const findServer = ({ state }: Cloud, id: number): Server => byId(state.servers, id, "server");

export const typeOf = ({ state }: Cloud, server: Server): ServerType => findType(state, server.type)!;

export const resource = (id: number) => ({ type: "server", id });

export function renderServer(cloud: Cloud, server: Server) {
  const type = typeOf(cloud, server);
  const group = cloud.state.placementGroups.find(({ id }) => id === server.placementGroup);
  const location = findLocation(server.location)!;
  const renderedType = renderType(cloud, type);
  const price = renderedType.prices.find((one) => one.location === server.location);
  return {
    id: server.id,
    name: server.name,
    status: server.status,
    created: server.created,
    public_net: renderPublicNet(cloud, server),
    private_net: server.privateNets.map(({ network, ip, aliasIps, mac }) => ({
      network,
      ip,
      alias_ips: aliasIps,
      mac_address: mac,
    })),
    server_type: renderedType,
    location,
    image: renderImage(IMAGES.find(({ id }) => id === server.image)!),
    iso: null,
    rescue_enabled: false,
    locked: isLocked(cloud, "server", server.id),
    backup_window: null,
    outgoing_traffic: 0,
    ingoing_traffic: 0,
    included_traffic: price?.included_traffic ?? 0,
    protection: { delete: server.protected, rebuild: server.protected },
    labels: server.labels,
    volumes: [],
    load_balancers: [],
    primary_disk_size: server.diskSize,
    placement_group: group ? renderPlacementGroup(cloud, group) : null,
  };
}

function renderPublicNet(cloud: Cloud, server: Server) {
  const [ipv4, ipv6] = (["ipv4", "ipv6"] as const).map((type) => addressOf(cloud, server.id, type));
  return {
    ipv4: ipv4 ? { id: ipv4.id, ip: ipv4.ip, blocked: false, dns_ptr: ipv4.dnsPtr[ipv4.ip] ?? "" } : null,
    ipv6: ipv6 ? { id: ipv6.id, ip: ipv6.ip, blocked: false, dns_ptr: renderDnsPtr(ipv6) } : null,
    floating_ips: [],
    firewalls: firewallsOf(cloud, server),
  };
}

const renderDnsPtr = (ip: PrimaryIp) =>
  Object.entries(ip.dnsPtr).map(([address, name]) => ({ ip: address, dns_ptr: name }));

/** What the server's machine is made from. */
export const specOf = (cloud: Cloud, server: Server): ServerSpec => ({
  id: server.id,
  name: server.name,
  memory: typeOf(cloud, server).memory * 1024,
  cpus: typeOf(cloud, server).cores,
  disk: server.diskSize * 1024,
  public: {
    mac: server.mac,
    ipv4: addressOf(cloud, server.id, "ipv4")?.ip,
    ipv6: addressOf(cloud, server.id, "ipv6")?.ip,
  },
  private: server.privateNets.flatMap(({ network, ip, mac }) => {
    const found = cloud.state.networks.find(({ id }) => id === network);
    return found ? [{ networkId: network, ip, gateway: gatewayOf(found), mac }] : []; // its NICs are on their way out
  }),
  userData: server.userData,
});

/** A MAC address that no other NIC has; public and private NICs begin differently, as the real ones do. */
export const macAddress = (kind: "public" | "private", id: number): string =>
  `${kind === "public" ? "92:00" : "86:00"}:${id.toString(16).padStart(8, "0").match(/../g)!.join(":")}`;
