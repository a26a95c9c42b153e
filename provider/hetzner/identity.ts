import { HOST_LABEL, isLabelled, STACK_LABEL } from "./labels";
import { CloudObject } from "./objects";
import { ApiServer } from "./servers";

/** A host of a stack. */
export interface Owner {
  stackIdentity: string;
  host: string;
  /** Its server's, at Hetzner; older states do not have it. */
  name?: string;
}

/** What is known of a host's server beforehand. */
export interface HostRecord extends Owner {
  /** In the private network. */
  address: string;
  /** The server's id, where an earlier run has seen the server. Hetzner uses none twice. */
  server?: number;
}

/** What a project holds, as far as it can point to that server. */
export interface Evidence {
  servers: readonly ApiServer[];
  /** The host's, by label or name. */
  publicAddresses: readonly CloudObject[];
  /** Ids of the stack's networks. */
  networks: readonly number[];
}

export type Sign = "id" | "stack label" | "host label" | "name" | "public address" | "private address";

/** What speaks for a server being a host's, and what against it. */
export interface Claim {
  server: ApiServer;
  signs: Sign[];
  /** The label by which it is somebody else's, such as "kluster-host=ee". */
  against?: string;
}

export type Identified =
  | { is: "ours"; claim: Claim }
  /** Nothing points to any server: no id, name, label or address. */
  | { is: "absent" }
  /** Something points to a server, and not enough, or to two of them alike. */
  | { is: "doubtful"; claims: Claim[] };

/** Signs without which a server can be anybody's; the host's label alone may be another stack's. */
const POINTING: readonly Sign[] = ["id", "name", "public address", "private address"];

/**
 * Which server is a host's, by everything that points to one: each single sign can be lost or taken away by hand while
 * the server does its work. To take a server for absent leads to another in its place, so that takes the want of every
 * sign; to take one for present changes nothing, so two signs will do.
 */
export function identify(record: HostRecord, evidence: Evidence): Identified {
  const claims = evidence.servers
    .filter(({ status }) => status !== "deleting")
    .map((server) => claimOf(server, record, evidence))
    .filter(points);
  const known = claims.find(({ signs }) => signs.includes("id"));
  if (known) return { is: "ours", claim: known };
  if (!claims.length) return { is: "absent" };
  const [leader, rival] = claims
    .filter(({ signs, against }) => signs.length >= 2 && !against)
    .sort((one, other) => other.signs.length - one.signs.length);
  const clear = leader && leader.signs.length > (rival?.signs.length ?? 0);
  return clear ? { is: "ours", claim: leader } : { is: "doubtful", claims };
}

/** Whether a claim can only be refuted by looking at more than the list of servers. */
export function isCertain({ signs }: Claim): boolean {
  return (
    signs.includes("id") ||
    (["stack label", "host label", "name"] as const).every((sign) => signs.includes(sign))
  );
}

function claimOf(server: ApiServer, record: HostRecord, evidence: Evidence): Claim {
  const { labels } = server;
  const speaks: Record<Sign, boolean> = {
    id: server.id === record.server,
    "stack label": labels?.[STACK_LABEL] === record.stackIdentity,
    "host label": labels?.[HOST_LABEL] === record.host,
    name: server.name === record.name,
    "public address": evidence.publicAddresses.some(({ assignee_id }) => assignee_id === server.id),
    "private address": holdsAddress(server, record, evidence.networks),
  };
  const signs = (Object.keys(speaks) as Sign[]).filter((sign) => speaks[sign]);
  const against = labelAgainst(server, record);
  return { server, signs, ...(against ? { against } : {}) };
}

/** Whether a server has a host's private address, in the stack's network: others may have the same addresses. */
export function holdsAddress(
  { private_net, labels }: ApiServer,
  { address, stackIdentity }: HostRecord,
  networks: readonly number[],
): boolean {
  const ours = labels?.[STACK_LABEL] === stackIdentity;
  return !!private_net?.some(({ ip, network }) => ip === address && (ours || networks.includes(network)));
}

/** Whether a public address is a host's: by its labels, or by its name where no label speaks against it. */
export function isAddressOf({ stackIdentity, host, name }: Owner, address: CloudObject): boolean {
  const labels = { [STACK_LABEL]: stackIdentity, [HOST_LABEL]: host };
  const isFree = (address.labels?.[STACK_LABEL] ?? stackIdentity) === stackIdentity;
  return isLabelled(address, labels) || (isFree && isNamedAfter(address.name, name));
}

/** Whether a public address has the name that it is given beside a server of this name: "kluster-dev-il-ipv4-fsn1". */
export function isNamedAfter(address: string, server: string | undefined): boolean {
  return (
    !!server && address.startsWith(server) && /^-ipv[46](-[a-z0-9]+)?$/.test(address.slice(server.length))
  );
}

function labelAgainst({ labels }: ApiServer, { stackIdentity, host }: HostRecord): string | undefined {
  const says = (label: string, ours: string) =>
    labels?.[label] !== undefined && labels[label] !== ours ? `${label}=${labels[label]}` : undefined;
  return says(STACK_LABEL, stackIdentity) ?? says(HOST_LABEL, host);
}

/** Another host's server that has this one's private address is that host's; the address alone is refused elsewhere. */
function points({ signs, against }: Claim): boolean {
  if (against && signs.every((sign) => sign === "private address" || sign.endsWith("label"))) return false;
  return (
    signs.some((sign) => POINTING.includes(sign)) ||
    (signs.includes("stack label") && signs.includes("host label"))
  );
}
