import { contains, overlap, parseRange, toAddress } from "../addresses";
import { ApiError, invalidInput } from "../api-error";
import { LOCATIONS } from "../catalogue/locations";
import { choice, optionalText, text } from "../fields";
import { Network, Subnet } from "../state";
import { rangesOf } from "./networks";

/** Subnets that a network holds at most. */
const SUBNETS = 50;

/** Adds the subnet that a body describes. @throws ApiError when it does not fit */
export function addSubnet(network: Network, body: Record<string, unknown>): Subnet {
  if (network.subnets.length >= SUBNETS)
    throw new ApiError("resource_limit_exceeded", `a network has at most ${SUBNETS} subnets`);
  const type = choice(body, "type", ["cloud", "server", "vswitch"] as const);
  if (type === "vswitch") throw new ApiError("service_error", "vswitch not found"); // the project has none
  const zones = [...new Set(LOCATIONS.map(({ network_zone }) => network_zone))];
  const networkZone = text(body, "network_zone");
  if (!zones.includes(networkZone)) throw invalidInput({ network_zone: "network zone does not exist" });
  const subnet = { type, networkZone, ipRange: optionalText(body, "ip_range") ?? freeRange(network) };
  const range = parseRange(subnet.ipRange);
  if (!range || range.prefixLength > 30)
    throw invalidInput({ ip_range: "must be an IPv4 range of at least a /30 in CIDR notation" });
  if (!contains(parseRange(network.ipRange)!, range))
    throw invalidInput({ ip_range: `is not inside the network's ${network.ipRange}` });
  if (rangesOf(network).some((other) => overlap(other, range)))
    throw invalidInput({ ip_range: "overlaps with another subnet" });
  network.subnets.push(subnet);
  return subnet;
}

/** The first /24 of the network that no subnet takes. */
function freeRange(network: Network): string {
  const whole = parseRange(network.ipRange)!;
  const taken = rangesOf(network);
  for (let first = whole.first; first + 255 <= whole.last; first += 256) {
    const range = { first, last: first + 255, prefixLength: 24 };
    if (!taken.some((other) => overlap(other, range))) return `${toAddress(first)}/24`;
  }
  throw new ApiError("no_subnet_available", "no /24 is free in the network");
}
