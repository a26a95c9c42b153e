import { canonicalCidr } from "../addresses";
import { ApiError, invalidInput } from "../api-error";
import { Cloud } from "../cloud";
import { choice, objects, optionalText, texts } from "../fields";
import { parseSelector } from "../labels";
import { Firewall, Rule, Server } from "../state";

/** Rules that a firewall holds at most, and ranges that a rule does. */
const RULES = 50;
const RANGES = 100;

export const renderFirewall = (cloud: Cloud, firewall: Firewall) => ({
  id: firewall.id,
  name: firewall.name,
  labels: firewall.labels,
  created: firewall.created,
  rules: firewall.rules,
  applied_to: firewall.appliedTo.map((target) =>
    target.type === "server"
      ? { type: "server", server: { id: target.server } }
      : {
          type: "label_selector",
          label_selector: { selector: target.selector },
          applied_to_resources: selected(cloud, target.selector).map(({ id }) => ({
            type: "server",
            server: { id },
          })),
        },
  ),
});

/** Servers that a label selector means. */
export function selected({ state }: Cloud, selector: string): Server[] {
  const matches = parseSelector(selector);
  return state.servers.filter(({ labels }) => matches(labels));
}

/** Firewalls on a server's public NIC: given to it, or by its labels. */
export function firewallsOf(cloud: Cloud, server: Server): { id: number; status: "pending" | "applied" }[] {
  return cloud.state.firewalls.flatMap((firewall) => {
    const direct = firewall.appliedTo.find(
      (target) => target.type === "server" && target.server === server.id,
    );
    const byLabel = firewall.appliedTo.some(
      (target) => target.type === "label_selector" && parseSelector(target.selector)(server.labels),
    );
    if (byLabel) return [{ id: firewall.id, status: "applied" as const }];
    return direct?.type === "server" ? [{ id: firewall.id, status: direct.status }] : [];
  });
}

/** Reads the rules of a body. @throws ApiError invalid_input */
export function parseRules(body: Record<string, unknown>): Rule[] {
  const rules = objects(body, "rules");
  if (rules.length > RULES) throw invalidInput({ rules: `must have at most ${RULES} entries` });
  const parsed = rules.map((rule, at): Rule => {
    const wrong = (field: string, problem: string) => invalidInput({ [`rules[${at}].${field}`]: problem });
    const direction = choice(rule, "direction", ["in", "out"] as const);
    const protocol = choice(rule, "protocol", ["tcp", "udp", "icmp", "esp", "gre"] as const);
    const port = optionalText(rule, "port") ?? null;
    const hasPorts = protocol === "tcp" || protocol === "udp";
    if (hasPorts && port === null) throw wrong("port", `is required for ${protocol}`);
    if (!hasPorts && port !== null) throw wrong("port", `is not allowed for ${protocol}`);
    if (port !== null && port !== "any" && !isPortRange(port))
      throw wrong("port", `'${port}' is no port or range of ports`);
    const [used, unused] =
      direction === "in"
        ? (["source_ips", "destination_ips"] as const)
        : (["destination_ips", "source_ips"] as const);
    const given = texts(rule, used);
    if (given.length === 0) throw wrong(used, `is required for direction ${direction}`);
    if (given.length > RANGES) throw wrong(used, `must have at most ${RANGES} entries`);
    if (texts(rule, unused).length > 0) throw wrong(unused, `is not allowed for direction ${direction}`);
    const ranges = given.map((cidr) => {
      const canonical = canonicalCidr(cidr);
      if (canonical === undefined) throw wrong(used, `'${cidr}' is no CIDR, or has host bits`);
      return canonical;
    });
    return {
      direction,
      protocol,
      port,
      source_ips: direction === "in" ? ranges : [],
      destination_ips: direction === "out" ? ranges : [],
      description: optionalText(rule, "description") ?? null,
    };
  });
  // The API tells those of direction "in" first, whatever the order in which they came.
  return [
    ...parsed.filter(({ direction }) => direction === "in"),
    ...parsed.filter(({ direction }) => direction === "out"),
  ];
}

function isPortRange(port: string): boolean {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(port);
  if (!match) return false;
  const [low, high] = [Number(match[1]), Number(match[2] ?? match[1])];
  return low >= 1 && low <= high && high <= 65535;
}

/** @throws ApiError when the firewall cannot be put on the server */
export function refuseFirewall(firewall: Firewall, server: Server, hasPublicNet: boolean): void {
  if (firewall.appliedTo.some((target) => target.type === "server" && target.server === server.id))
    throw new ApiError(
      "firewall_already_applied",
      `firewall ${firewall.id} is already applied to the server`,
    );
  if (!hasPublicNet)
    throw new ApiError("private_net_only_server", `server ${server.id} has no public network`);
}
