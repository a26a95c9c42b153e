import { type Cidr, containsNetwork, formatCidr, overlap, parseCidr } from "./cidr";
import { type PrefixLimits } from "./limits";
import { type Section } from "./section";

/** What a network of the user's must be. */
export interface CidrRule {
  prefixes: PrefixLimits;
  /** Right ones, to be advised where they fit the rest of the settings; the first is shown as an example. */
  examples: readonly [string, ...string[]];
  /** Further ones that fit what is there already, tried before {@link examples}. */
  fitting?: readonly string[];
  /** Networks that it must lie in; anywhere where there are none. */
  within?: { networks: readonly string[]; because: string };
}

/** Networks that no machine, pod or service can have its address in. */
const SPECIAL_NETWORKS: [network: string, what: string][] = [
  ["0.0.0.0/8", "addresses without a meaning outside one machine"],
  ["127.0.0.0/8", "loopback addresses"],
  ["169.254.0.0/16", "link-local addresses"],
  ["224.0.0.0/3", "multicast and reserved addresses"],
];

/** An IPv4 network that machines, pods or services have their addresses in; undefined where there is none, or a wrong one. */
export function readCidr(section: Section, key: string, rule: CidrRule): Cidr | undefined {
  const { prefixes, examples, fitting = [], within } = rule;
  const [example] = examples;
  const place = within ? ` within ${within.networks.join(", ")}` : "";
  const allowed = `an IPv4 network${place}, /${prefixes.min} to /${prefixes.max}, such as ${example}`;
  const written = section.raw(key);
  if (written === undefined) return undefined;
  const refuse = (what: string, ...right: string[]) =>
    void section.refuse(key, {
      what,
      allowed,
      next: section.propose(key, [...right, ...fitting, ...examples]),
    });
  if (typeof written !== "string" || written === "") return refuse(written === "" ? "empty" : "not text");
  const cidr = parseCidr(written);
  if (!cidr) return refuse("not an IPv4 network");
  if (cidr.prefix < prefixes.min) return refuse(`too large a network: ${prefixes.tooLarge}`);
  if (cidr.prefix > prefixes.max) return refuse(`too small a network: ${prefixes.tooSmall}`);
  if (formatCidr(cidr) !== written)
    return refuse("an address within the network instead of its first", formatCidr(cidr));
  const special = SPECIAL_NETWORKS.find(([network]) => overlap(cidr, parseCidr(network)!));
  if (special) return refuse(`it holds ${special[1]} (${special[0]})`);
  if (within && !within.networks.some((network) => containsNetwork(parseCidr(network)!, cidr)))
    return refuse(within.because);
  return cidr;
}
