import { primaryIpMonthly } from "./catalogue/prices";
import { findType } from "./catalogue/changes";
import { Named, State } from "./state";

/** What the project holds now, and what that costs. */
export interface Holdings {
  objects: { kind: string; id: number; name: string; labels: Record<string, string>; about: string }[];
  /** Euro, net, of servers and Primary IPs. */
  monthly: number;
}

export function holdings(state: State): Holdings {
  const all = <T extends Named>(kind: string, named: T[], about: (one: T) => string) =>
    named.map((one) => ({ kind, id: one.id, name: one.name, labels: one.labels, about: about(one) }));
  const costs = [
    ...state.servers.map(({ type }) => findType(state, type)!.monthly),
    ...state.primaryIps.map(({ type }) => primaryIpMonthly(state, type)),
  ];
  return {
    objects: [
      ...all("server", state.servers, ({ type, location, status }) => `${type} ${location} ${status}`),
      ...all(
        "primary_ip",
        state.primaryIps,
        ({ ip, location, assignee }) => `${ip} ${location}${assignee === null ? " unassigned" : ""}`,
      ),
      ...all("network", state.networks, ({ ipRange }) => ipRange),
      ...all("firewall", state.firewalls, ({ rules }) => `${rules.length} rules`),
      ...all("placement_group", state.placementGroups, ({ type }) => type),
      ...all("ssh_key", state.sshKeys, () => ""),
      ...state.others.flatMap((other) => all(other.kind, [other], ({ location }) => location)),
    ],
    monthly: Math.round(100 * costs.reduce((sum, cost) => sum + cost, 0)) / 100,
  };
}

/** The same for people, one object a line. */
export function holdingsText(state: State): string {
  const { objects, monthly } = holdings(state);
  if (objects.length === 0) return "nothing\n";
  const lines = objects.map(({ kind, id, name, about }) => `${kind} ${id} ${name} ${about}`.trimEnd());
  return `${lines.join("\n")}\n${monthly.toFixed(2)} EUR a month, net\n`;
}
