import { parseRange } from "./addresses";
import { findLocation } from "./catalogue/locations";
import { Cloud } from "./cloud";
import { gatewayOf } from "./networks/networks";
import { addressOf } from "./primary-ips/primary-ips";
import { PrivateNet, Server } from "./state";

/** Where the service answers, at http://169.254.169.254. */
const BASE = "/hetzner/v1";

/**
 * What a server learns about itself: plain text, lists as YAML.
 * @param source IPv4 address of the asking server, by which it is told from others
 * @returns undefined where there is nothing to say: an unknown path or a stranger
 */
export function metadataAnswer(cloud: Cloud, source: string, path: string): string | undefined {
  const server = serverAt(cloud, source.replace(/^::ffff:/, ""));
  if (!server || !path.startsWith(`${BASE}/`)) return undefined;
  const wanted = path.slice(BASE.length + 1);
  if (wanted === "userdata") return server.userData;
  const entries = entriesOf(cloud, server);
  if (wanted === "metadata")
    return Object.entries(entries)
      .map(([key, value]) => (value.includes("\n") ? `${key}:\n${indent(value)}` : `${key}: ${value}\n`))
      .join("");
  const key = /^metadata\/([a-z0-9-]+)$/.exec(wanted)?.[1] ?? "";
  return Object.hasOwn(entries, key) ? entries[key] : undefined;
}

function serverAt({ state }: Cloud, ip: string): Server | undefined {
  const publicIp = state.primaryIps.find((one) => one.ip === ip);
  return state.servers.find(
    ({ id, privateNets }) => id === publicIp?.assignee || privateNets.some((nic) => nic.ip === ip),
  );
}

function entriesOf(cloud: Cloud, server: Server): Record<string, string> {
  return {
    "availability-zone": server.location,
    hostname: server.name,
    "instance-id": String(server.id),
    "local-ipv4": server.privateNets[0]?.ip ?? "",
    "network-config": networkConfig(cloud, server),
    "private-networks": server.privateNets.map((nic, at) => privateNetwork(cloud, nic, at)).join("") || "[]",
    "public-ipv4": addressOf(cloud, server.id, "ipv4")?.ip ?? "",
    region: findLocation(server.location)!.network_zone,
  };
}

/** cloud-init's network configuration, version 1, of the public NIC. */
function networkConfig(cloud: Cloud, server: Server): string {
  const ipv6 = addressOf(cloud, server.id, "ipv6")?.ip;
  const subnets = [
    ...(addressOf(cloud, server.id, "ipv4") ? ["- ipv4: true", "  type: dhcp"] : []),
    ...(ipv6
      ? [`- address: ${ipv6.replace("::/", "::1/")}`, "  gateway: fe80::1", "  ipv6: true", "  type: static"]
      : []),
  ];
  return [
    "config:",
    `- mac_address: ${server.mac}`,
    "  name: eth0",
    "  subnets:",
    ...subnets.map((line) => `  ${line}`),
    "  type: physical",
    "version: 1",
    "",
  ].join("\n");
}

function privateNetwork({ state }: Cloud, nic: PrivateNet, at: number): string {
  const network = state.networks.find(({ id }) => id === nic.network);
  const subnet = network?.subnets.find(({ ipRange }) => contains(ipRange, nic.ip));
  return [
    `- ip: ${nic.ip}`,
    `  alias_ips: [${nic.aliasIps.join(", ")}]`,
    `  interface_num: ${at + 1}`,
    `  mac_address: ${nic.mac}`,
    `  network_id: ${nic.network}`,
    `  network_name: ${network?.name ?? ""}`,
    `  network: ${network?.ipRange ?? ""}`,
    `  subnet: ${subnet?.ipRange ?? ""}`,
    `  gateway: ${network ? gatewayOf(network) : ""}`,
    "",
  ].join("\n");
}

const contains = (cidr: string, ip: string): boolean => {
  const range = parseRange(cidr)!;
  const host = parseRange(`${ip}/32`)!;
  return range.first <= host.first && host.first <= range.last;
};

const indent = (text: string) => text.replace(/^(?=.)/gm, "  ");
