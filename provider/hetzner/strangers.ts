import { HOST_LABEL, isLabelled, STACK_LABEL } from "./labels";
import { capital, CloudObject, Kind, nameOf } from "./objects";
import { ApiServer } from "./servers";

/** Kinds of objects that a stack's servers use, and that somebody else's can use as well. */
export const SHARED = ["primary_ips", "firewalls", "networks", "placement_groups"] as const;
export type SharedKind = (typeof SHARED)[number];

/** What can use them, of the whole project, by id. */
export interface Users {
  servers: ReadonlyMap<number, ApiServer>;
  loadBalancers: ReadonlyMap<number, CloudObject>;
}

/** Whoever uses an object of a stack without carrying the stack's label. */
export interface Stranger {
  kind: SharedKind;
  object: CloudObject;
  /** Such as "the server db (id 4711)". */
  who: string;
  /** Its id, where it is a server. */
  server?: number;
  /** A command of Hetzner's CLI that ends the use. */
  release: string;
  /** A command that makes it the stack's, where it may have lost the label. */
  relabel?: string;
}

/**
 * Who uses an object of a stack and does not carry the stack's label: somebody else, or a server of the stack that has
 * lost it. What is just being deleted, and what the project does not have any more, uses nothing.
 */
export function strangersAt(
  kind: SharedKind,
  object: CloudObject,
  users: Users,
  stackIdentity: string,
): Stranger[] {
  const ours = { [STACK_LABEL]: stackIdentity };
  const named = idsOf(kind, object).servers.flatMap((id) => users.servers.get(id) ?? []);
  const servers = named.filter((server) => server.status !== "deleting" && !isLabelled(server, ours));
  const balancers = idsOf(kind, object)
    .loadBalancers.flatMap((id) => users.loadBalancers.get(id) ?? [])
    .filter((balancer) => !isLabelled(balancer, ours));
  return [
    ...servers.map((server) => ({
      ...{ kind, object, who: whoIs("servers", server), server: server.id },
      release: RELEASE[kind](server.name, object.name),
      relabel: relabel(server.name, stackIdentity, object),
    })),
    ...balancers.map((balancer) => ({
      ...{ kind, object, who: whoIs("load_balancers", balancer) },
      release: `hcloud load-balancer detach-from-network --network ${object.name} ${balancer.name}`,
    })),
    ...selectorsOf(object).map((selector) => ({
      ...{ kind, object, who: `whatever has the labels ${selector}` },
      release: `hcloud firewall remove-from-resource --type label_selector --label-selector '${selector}' ${object.name}`,
    })),
  ];
}

/** "The server db (id 4711) is in the network kluster-dev, and does not carry the stack's label." */
export function sayStranger({ kind, object, who }: Stranger): string {
  return `${capital(who)} ${USES[kind]} ${nameOf(kind, object)}, and does not carry the stack's label.`;
}

/** What can be done about it. */
export function sayRelease({ release, relabel }: Stranger): string {
  if (!relabel) return `To end that: ${release}.`;
  return `If it is not the stack's: ${release}. If it is: ${relabel}.`;
}

/** Ids of the servers and load balancers that use an object. */
export function idsOf(kind: SharedKind, object: CloudObject): { servers: number[]; loadBalancers: number[] } {
  const { servers = [], load_balancers = [], applied_to = [], assignee_id } = object;
  switch (kind) {
    case "primary_ips":
      return { servers: typeof assignee_id === "number" ? [assignee_id] : [], loadBalancers: [] };
    case "firewalls":
      return { servers: applied_to.flatMap(({ server }) => server?.id ?? []), loadBalancers: [] };
    case "networks":
      return { servers, loadBalancers: load_balancers };
    case "placement_groups":
      return { servers, loadBalancers: [] };
  }
}

/** kluster applies its firewall to servers by id: a selector is somebody else's, and holds the firewall as well. */
function selectorsOf({ applied_to = [] }: CloudObject): string[] {
  return applied_to.flatMap(({ label_selector }) => label_selector?.selector ?? []);
}

const USES: Record<SharedKind, string> = {
  primary_ips: "has",
  firewalls: "is behind",
  networks: "is in",
  placement_groups: "is in",
};

const RELEASE: Record<SharedKind, (server: string, object: string) => string> = {
  primary_ips: (server, object) =>
    `hcloud server poweroff ${server}, and hcloud primary-ip unassign ${object}`,
  firewalls: (server, object) =>
    `hcloud firewall remove-from-resource --type server --server ${server} ${object}`,
  networks: (server, object) => `hcloud server detach-from-network --network ${object} ${server}`,
  placement_groups: (server) => `hcloud server remove-from-placement-group ${server}`,
};

const whoIs = (kind: Kind, object: CloudObject) => `${nameOf(kind, object)} (id ${object.id})`;

function relabel(server: string, stackIdentity: string, { labels }: CloudObject): string {
  const host = labels?.[HOST_LABEL]; // of an address, which is one host's
  return `hcloud server add-label --overwrite ${server} ${STACK_LABEL}=${stackIdentity}${host ? ` ${HOST_LABEL}=${host}` : ""}`;
}
