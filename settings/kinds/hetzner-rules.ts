import { type Cidr, parseCidr } from "../cidr";
import { DEFAULTS } from "../defaults";
import { type Fault, type ListRule } from "../list";
import { suggestion } from "../suggestion";

/** Where Hetzner Cloud has servers, and the network zone of each. A private network has its servers in one zone. */
const ZONES = new Map([
  ["fsn1", "eu-central"],
  ["nbg1", "eu-central"],
  ["hel1", "eu-central"],
  ["ash", "us-east"],
  ["hil", "us-west"],
  ["sin", "ap-southeast"],
]);

/** Every location with its zone, for people. */
export const LOCATIONS_BY_ZONE = [...new Set(ZONES.values())]
  .map((zone) => `${locationsOf(zone).join(", ")} (${zone})`)
  .join("; ");

/** All locations of a zone, for each zone. */
export const locationsByZone = () => [...new Set(ZONES.values())].map(locationsOf);

/** The zone of a location that {@link LOCATIONS_RULE} allows. */
export function zoneOf(location: string): string {
  return ZONES.get(location) ?? "unknown";
}

export function locationsOf(zone: string): string[] {
  return [...ZONES].filter(([, its]) => its === zone).map(([name]) => name);
}

export const LOCATIONS_RULE: ListRule = {
  allowed: `names of locations, the most wanted first: ${LOCATIONS_BY_ZONE}`,
  example: DEFAULTS.locations,
  alternatives: locationsByZone(),
  fault: locationFault,
};

/** Where Hetzner's locations are; its console shows these names beside those of the API. */
const CITIES = new Map([
  ["falkenstein", "fsn1"],
  ["nuremberg", "nbg1"],
  ["nürnberg", "nbg1"],
  ["helsinki", "hel1"],
  ["ashburn", "ash"],
  ["hillsboro", "hil"],
  ["singapore", "sin"],
]);

function locationFault(name: string): Fault | undefined {
  if (ZONES.has(name)) return undefined;
  const location = name.toLowerCase().replace(/-dc[0-9]+$/, "");
  if (location !== name.toLowerCase() && ZONES.has(location))
    return { what: "a datacenter of Hetzner's, not a location", meant: location };
  return {
    what: "there is no such location",
    meant: CITIES.get(location) ?? suggestion(name, [...ZONES.keys()]),
  };
}

/**
 * Which types there are, and where, changes from month to month, so that only the API can say: it is asked before a
 * server is made. Only what no type can be is refused here.
 */
export const SERVER_TYPES_RULE: ListRule = {
  allowed: `names of server types with x86 processors, the most wanted first, such as ${DEFAULTS.serverTypes.join(", ")}`,
  example: DEFAULTS.serverTypes,
  fault: serverTypeFault,
};

function serverTypeFault(name: string): Fault | undefined {
  const plain = name.toLowerCase().replace(/[-_ ]/g, "");
  const isType = /^[a-z]+[0-9]+$/.test(plain);
  // Hetzner's family of ARM servers (Ampere).
  if (/^cax[0-9]+$/.test(plain))
    return { what: "a type with ARM processors; systems are built for x86 so far" };
  if (isType && plain === name) return undefined;
  return { what: "not the name of a server type", meant: isType ? plain : undefined };
}

/** Names are made from the stack's: "kluster-<stack>-<host>" is also the server's host name until NixOS is there. */
export const SERVER_NAME_RULE =
  "letters, digits and hyphens, and so short that kluster-<stack>-<host> has 63 characters at most (RFC 1123)";

export function isServerName(name: string): boolean {
  return /^[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(name);
}

/** Hetzner's limit for one private network. */
export const SERVERS_PER_NETWORK = 100;

/** Hetzner's limit for the networks in one rule of a firewall. */
export const NETWORKS_PER_RULE = 100;

/** The gateway of every server's public IPv4 address, whichever that is. */
export const PUBLIC_GATEWAY: Cidr = parseCidr("172.31.1.1/32")!;

/** What a private network may be made of (RFC 1918). */
export const PRIVATE_NETWORKS = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"] as const;

/**
 * The stock images that a new server can boot before NixOS takes it over: what takes over expects cloud-init, OpenSSH
 * with an Ed25519 key, systemd and Debian's places for them.
 */
export const IMAGE = /^debian-[0-9]+$/;
