import type { Fence, Passage } from "../../machine/fences";
import { Cloud } from "../cloud";
import { addressOf } from "../primary-ips/primary-ips";
import { Rule, Server } from "../state";
import { firewallsOf } from "./firewalls";

/**
 * What the project's firewalls let through, as far as they are applied by now. Rules of all of a server's firewalls count
 * together; a server without any has no fence, nor has one without a public address.
 */
export const fencesOf = (cloud: Cloud): Fence[] =>
  cloud.state.servers.flatMap((server) => {
    const addresses = (["ipv4", "ipv6"] as const).flatMap(
      (type) => addressOf(cloud, server.id, type)?.ip ?? [],
    );
    const rules = rulesOn(cloud, server);
    return rules && addresses.length > 0 ? [fence(server, addresses, rules)] : [];
  });

/** The rules that are in force on a server; undefined when no firewall is. */
function rulesOn(cloud: Cloud, server: Server): Rule[] | undefined {
  const applied = firewallsOf(cloud, server).filter(({ status }) => status === "applied");
  if (applied.length === 0) return undefined;
  return cloud.state.firewalls
    .filter(({ id }) => applied.some((firewall) => firewall.id === id))
    .flatMap(({ rules }) => rules);
}

function fence(server: Server, addresses: string[], rules: Rule[]): Fence {
  const out = rules.filter(({ direction }) => direction === "out");
  return {
    server: server.id,
    addresses,
    in: rules.filter(({ direction }) => direction === "in").map(passage),
    ...(out.length > 0 ? { out: out.map(passage) } : {}),
  };
}

const passage = ({ direction, protocol, port, source_ips, destination_ips }: Rule): Passage => ({
  protocol,
  ports: port === "any" ? null : port,
  peers: direction === "in" ? source_ips : destination_ips,
});
