import { CallOptions } from "./api";
import { isNamedAfter } from "./identity";
import { isLabelled, STACK_LABEL } from "./labels";
import { somebodyElses } from "./leftovers";
import { CloudObject, Kind, nameOf } from "./objects";
import { Project } from "./project";
import { ApiServer } from "./servers";
import { idsOf, SHARED, sayRelease, sayStranger, strangersAt, Users } from "./strangers";

/** The names that a stack's objects have, or will have, at Hetzner, by kind. Addresses are named after their server. */
export type SiteNames = Partial<Record<(typeof NAMED)[number], readonly string[]>>;

/** Kinds whose names the program gives. */
const NAMED = ["ssh_keys", "networks", "firewalls", "placement_groups", "servers"] as const;
/** Kinds that are listed: six requests, as long as no list has more than one page. */
const LISTED = [...NAMED, "primary_ips"] as const;

/** A stack, as far as its surroundings matter. */
export interface Site {
  /** Undefined where the stack is not made yet: nothing in the project is its own. */
  stackIdentity?: string;
  names: SiteNames;
  /** Nothing of the stack was made by earlier runs. */
  isNew: boolean;
}

/** What a project holds. */
export type Surroundings = Record<(typeof LISTED)[number], readonly CloudObject[]> & {
  load_balancers?: readonly CloudObject[];
};

/** What is to be said of others in the project. */
export interface Judgement {
  /** Reasons why the stack cannot be made. */
  refused: string[];
  warnings: string[];
}

/**
 * Looks who else is in a stack's project: before anything is made, and before a destroy meets them.
 * @throws HetznerError when the project could not be asked
 */
export async function lookAround(project: Project, site: Site, options?: CallOptions): Promise<Judgement> {
  await project.all("servers", options); // if this is refused, so would be the rest
  const lists = await Promise.all(LISTED.map((kind) => project.all(kind, options)));
  const found = Object.fromEntries(LISTED.map((kind, at) => [kind, lists[at]])) as unknown as Surroundings;
  const hasBalancers = found.networks.some(
    (network) => isOwn(site, network) && idsOf("networks", network).loadBalancers.length,
  );
  if (hasBalancers) found.load_balancers = await project.all("load_balancers", options);
  return judge(site, found);
}

/** Who has a name of the stack's, and who uses what is the stack's. */
export function judge(site: Site, found: Surroundings): Judgement {
  const taken = LISTED.flatMap((kind) =>
    found[kind]
      .filter((object) => isNamed(site, kind, object) && !isOwn(site, object))
      .map((object) => ({ kind, object })),
  );
  if (site.isNew) {
    return { refused: taken.map(({ kind, object }) => somebodyElses(kind, object).message), warnings: [] };
  }
  // Servers and addresses are known by more than their names, and told of with the choice of the server.
  const unlabelled = taken.filter(({ kind }) => kind !== "servers" && kind !== "primary_ips");
  return {
    refused: [],
    warnings: [
      ...unlabelled.map(({ kind, object }) => sayUnlabelled(site, kind, object)),
      ...users(site, found),
    ],
  };
}

function users(site: Site, found: Surroundings): string[] {
  const { stackIdentity } = site;
  if (!stackIdentity) return [];
  const byId = <T extends CloudObject>(objects: readonly T[]) => new Map(objects.map((one) => [one.id, one]));
  const all: Users = {
    servers: byId(found.servers as readonly ApiServer[]),
    loadBalancers: byId(found.load_balancers ?? []),
  };
  return SHARED.flatMap((kind) =>
    found[kind].filter((object) => isOwn(site, object)).map((object) => ({ kind, object })),
  )
    .flatMap(({ kind, object }) => strangersAt(kind, object, all, stackIdentity))
    .filter(({ server }) => server === undefined || !isNamed(site, "servers", all.servers.get(server)!))
    .map(
      (stranger) => `${sayStranger(stranger)} \`pulumi destroy\` would leave both. ${sayRelease(stranger)}`,
    );
}

function sayUnlabelled({ stackIdentity }: Site, kind: Kind, object: CloudObject): string {
  const other = object.labels?.[STACK_LABEL];
  const what = `The name of ${nameOf(kind, object)} (id ${object.id}) is this stack's, and its label is ${other ? `another's (${STACK_LABEL}=${other})` : "missing"}.`;
  return (
    `${what} If it is the stack's, \`pulumi refresh\` and then \`pulumi up\` put the label ${STACK_LABEL}=${stackIdentity} back; ` +
    "`pulumi destroy` does not delete it without. If it is not, give it another name."
  );
}

const isOwn = ({ stackIdentity }: Site, object: CloudObject): boolean =>
  stackIdentity !== undefined && isLabelled(object, { [STACK_LABEL]: stackIdentity });

function isNamed({ names }: Site, kind: (typeof LISTED)[number], { name }: CloudObject): boolean {
  if (kind === "primary_ips") return !!names.servers?.some((server) => isNamedAfter(name, server));
  return !!names[kind]?.includes(name);
}
