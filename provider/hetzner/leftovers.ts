import { CallOptions, HetznerApi } from "./api";
import { HetznerError } from "./errors";
import { isAddressOf, Owner } from "./identity";
import { HOST_LABEL, isLabelled, Labels, selectorOf, STACK_LABEL } from "./labels";
import { capital, CloudObject, isInUse, Kind, KINDS, lookAgain, nameOf, removeObject } from "./objects";
import type { ApiServer } from "./servers";
import {
  idsOf,
  SHARED,
  SharedKind,
  sayRelease,
  sayStranger,
  Stranger,
  strangersAt,
  Users,
} from "./strangers";

/**
 * What killed runs have left among a project's objects. Each kind is listed once, as long as this lives: for a run,
 * whose own objects have names of their own.
 */
export class Leftovers {
  private readonly listed = new Map<Kind, Promise<CloudObject[]>>();

  constructor(
    private readonly api: HetznerApi,
    private readonly options: CallOptions = {},
  ) {}

  /**
   * Removes what a killed run may have left where an object is about to be made: an object of that kind and name with
   * all of these labels, which the state does not know, or it would not be made. Not for a creation that comes before
   * the deletion of what it replaces.
   * @returns what was removed, such as "the server kluster-dev-il"; undefined: nothing was there
   * @throws HetznerError uniqueness_error when the object of that name is somebody else's; resource_in_use when it is
   *   ours and in use: then it was more than half made
   */
  async remove(kind: Kind, name: string, labels: Labels): Promise<string | undefined> {
    const listed = (await this.all(kind)).find((object) => object.name === name);
    // The list may be older than what this very run has deleted to replace it.
    const found = listed && (await lookAgain(this.api, kind, listed, this.options));
    if (!found) return undefined;
    if (!isLabelled(found, labels)) throw somebodyElses(kind, found);
    if (isInUse(found)) throw forgotten(kind, found);
    await removeObject(this.api, kind, found, this.options);
    return nameOf(kind, found);
  }

  /**
   * Removes a subnet that a killed run has added to a network of the stack's own, where the state knows nothing of it.
   * @param ipRange CIDR
   * @throws HetznerError resource_in_use when there are servers in the network
   */
  async removeSubnet(networkId: number, ipRange: string): Promise<void> {
    const path = `/networks/${networkId}`;
    const { network } = await this.api.get<{ network: CloudObject }>(path, this.options);
    if (!network.subnets?.some((subnet) => subnet.ip_range === ipRange)) return;
    if (isInUse(network)) throw forgotten("networks", network);
    await this.api.act(`${path}/actions/delete_subnet`, { ip_range: ipRange }, this.options);
  }

  private all(kind: Kind): Promise<CloudObject[]> {
    const known = this.listed.get(kind) ?? this.api.list<CloudObject>(kind, this.options);
    this.listed.set(kind, known);
    return known;
  }
}

/** It was there before, and the state has forgotten it: a destroy forgets everything before it deletes anything. */
function forgotten(kind: Kind, found: CloudObject): HetznerError {
  return new HetznerError(
    "resource_in_use",
    `${capital(nameOf(kind, found))} is there and in use, and the state does not know it, as after a \`pulumi destroy\` that was cut short.`,
    "Run `pulumi destroy` to its end: it deletes everything of the stack, whatever the state knows. If that is not what you want, `pulumi import` the object.",
  );
}

/**
 * Deletes what a host that leaves has at Hetzner beside its server, which is gone by then: its addresses, and a server
 * that was being ordered when a run was killed. Found by labels, and addresses by their names, too.
 * @returns what was deleted
 * @throws HetznerError resource_in_use for what is in use: somebody has it, or the state has forgotten it
 */
export async function sweepHost(api: HetznerApi, owner: Owner, options: CallOptions = {}): Promise<string[]> {
  const labels = { [STACK_LABEL]: owner.stackIdentity, [HOST_LABEL]: owner.host };
  const removed: string[] = [];
  const inUse: string[] = [];
  async function remove(kind: Kind, objects: CloudObject[]): Promise<void> {
    for (const object of objects) {
      if (isInUse(object)) inUse.push(nameOf(kind, object));
      else {
        await removeObject(api, kind, object, options);
        removed.push(nameOf(kind, object));
      }
    }
  }
  const query = { label_selector: selectorOf(labels) };
  await remove("servers", await api.list<CloudObject>("servers", { ...options, query }));
  const addresses = await api.list<CloudObject>("primary_ips", options);
  await remove(
    "primary_ips",
    addresses.filter((address) => isAddressOf(owner, address)),
  );
  if (!inUse.length) return removed;
  throw new HetznerError(
    "resource_in_use",
    `${owner.host} has left, but ${inUse.join(" and ")} ${inUse.length > 1 ? "are" : "is"} in use at Hetzner, and the state does not know by whom: nothing of that is deleted, and it costs money.`,
    "If nobody needs it, delete the server that uses it in the Hetzner console, and run this again. If it is another's server that uses an address, take the address from it.",
  );
}

/**
 * Deletes the public addresses of a host that no server has, but for those at one location: they were made for an order
 * that failed there, and an address cannot move.
 * @param keep name of the location where the server is to be
 * @returns what was deleted
 */
export async function removeUnusedAddresses(
  api: HetznerApi,
  { stackIdentity, host }: Owner,
  keep: string,
  options: CallOptions = {},
): Promise<string[]> {
  const query = { label_selector: selectorOf({ [STACK_LABEL]: stackIdentity, [HOST_LABEL]: host }) };
  const addresses = await api.list<Address>("primary_ips", { ...options, query });
  const unused = addresses.filter(
    (address) => !isInUse(address) && address.location && address.location.name !== keep,
  );
  for (const address of unused) await removeObject(api, "primary_ips", address, options);
  return unused.map((address) => nameOf("primary_ips", address));
}

interface Address extends CloudObject {
  location?: { name: string };
}

/** An object that has a name of ours and is not this stack's. */
export function somebodyElses(kind: Kind, found: CloudObject): HetznerError {
  const other = found.labels?.[STACK_LABEL];
  const whose = other
    ? `it belongs to another stack (${STACK_LABEL}=${other})`
    : "it was not made by kluster";
  return new HetznerError(
    "uniqueness_error",
    `${capital(nameOf(kind, found))} exists in this Hetzner project, but is not this stack's: ${whose}.`,
    "Use a project or a stack name of your own; or, if nobody needs it any more, delete it in the Hetzner console.",
  );
}

export interface SweepOptions extends CallOptions {
  /** Told, before anything is deleted, what will stay because somebody else uses it. */
  warn?(line: string): void;
}

/**
 * Deletes everything that carries the stack's label, whoever made it and whatever the state knows of it, and looks
 * again whether it is gone. What somebody else uses stays, and is not waited for: it is told first, and ends the sweep
 * when all the rest is gone. Where that user has an address of the stack it may be a server of the stack that has lost
 * its label, so everything stays that servers share.
 * @returns what was deleted
 * @throws HetznerError with everything that could not be deleted, after all the rest was
 */
export async function sweep(
  api: HetznerApi,
  stackIdentity: string,
  options: SweepOptions = {},
): Promise<string[]> {
  const removed: string[] = [];
  const problems: string[] = [];
  let code = "resource_in_use";
  const project = new SweptProject(api, stackIdentity, options);
  const found = await project.list();
  const strangers = await project.strangers(found);
  for (const line of strangers.map(sayStranger)) {
    options.warn?.(`${line} It stays as it is, and so does what it uses of the stack.`);
  }
  problems.push(...strangers.map((stranger) => `${sayStranger(stranger)} ${sayRelease(stranger)}`));
  const maybeOurs = strangers.some(({ kind }) => kind === "primary_ips");
  for (const kind of KIND_NAMES) {
    if (maybeOurs && kind !== "servers") break;
    const refused = new Set(strangers.filter((one) => one.kind === kind).map(({ object }) => object.id));
    const objects = found[kind].filter(({ id }) => !refused.has(id));
    for (const object of objects) {
      try {
        await project.remove(kind, object);
        removed.push(nameOf(kind, object));
      } catch (error) {
        if (!(error instanceof HetznerError)) throw error;
        code = error.code;
        refused.add(object.id);
        problems.push(error.message);
      }
    }
    if (!objects.length) continue;
    const still = (await project.labelled(kind)).filter(({ id }) => !refused.has(id));
    problems.push(
      ...still.map((object) => `${capital(nameOf(kind, object))} was deleted, and yet is there.`),
    );
  }
  if (!problems.length) return removed;
  const left = problems.map((problem) => `- ${problem}\n`).join("");
  throw new HetznerError(
    code,
    `Not everything of the stack could be deleted at Hetzner, and what is left may cost money:\n${left}`,
    `${removed.length ? `Deleted were: ${removed.join(", ")}. ` : ""}${strangers.length ? "When that is settled, run this again." : ""}`.trim(),
  );
}

const KIND_NAMES = Object.keys(KINDS) as Kind[];

/** A project as a sweep sees it. */
class SweptProject {
  private readonly label: Labels;
  /** Ids of its servers and load balancers, which are deleted before what they use. */
  private readonly ours = new Set<number>();

  constructor(
    private readonly api: HetznerApi,
    private readonly stackIdentity: string,
    private readonly options: CallOptions,
  ) {
    this.label = { [STACK_LABEL]: stackIdentity };
  }

  /** What carries the stack's label now, by kind. */
  async list(): Promise<Record<Kind, CloudObject[]>> {
    const found = {} as Record<Kind, CloudObject[]>;
    for (const kind of KIND_NAMES) found[kind] = await this.labelled(kind);
    for (const { id } of [...found.servers, ...found.load_balancers]) this.ours.add(id);
    return found;
  }

  labelled(kind: Kind): Promise<CloudObject[]> {
    const query = { label_selector: selectorOf(this.label) };
    return this.api.list<CloudObject>(kind, { ...this.options, query });
  }

  /** Who uses what is the stack's without being of it. */
  async strangers(found: Record<Kind, CloudObject[]>): Promise<Stranger[]> {
    const strangers: Stranger[] = [];
    for (const kind of SHARED) {
      for (const object of found[kind]) strangers.push(...(await this.strangersAt(kind, object)));
    }
    return strangers;
  }

  /** Looks again first: whoever has taken the label off meanwhile keeps the object. */
  async remove(kind: Kind, listed: CloudObject): Promise<void> {
    const object = await lookAgain(this.api, kind, listed, this.options);
    if (!object) return; // went with what it belonged to
    if (!isLabelled(object, this.label)) {
      this.ours.delete(object.id);
      const what = `${capital(nameOf(kind, object))} (id ${object.id}) has lost the stack's label meanwhile, and stays.`;
      throw new HetznerError("conflict", what, "If nobody needs it, delete it in the Hetzner console.");
    }
    if (isShared(kind)) await this.refuseStrangers(kind, object);
    const whileInUse = async () => {
      const now = isShared(kind) ? await lookAgain(this.api, kind, object, this.options) : undefined;
      if (now && isShared(kind)) await this.refuseStrangers(kind, now);
    };
    await removeObject(this.api, kind, object, { ...this.options, whileInUse });
  }

  private async refuseStrangers(kind: SharedKind, object: CloudObject): Promise<void> {
    const [stranger] = await this.strangersAt(kind, object);
    if (stranger) throw new HetznerError("resource_in_use", sayStranger(stranger), sayRelease(stranger));
  }

  private async strangersAt(kind: SharedKind, object: CloudObject): Promise<Stranger[]> {
    const ids = idsOf(kind, object);
    const users: Users = {
      servers: (await this.look("servers", ids.servers)) as Map<number, ApiServer>,
      loadBalancers: await this.look("load_balancers", ids.loadBalancers),
    };
    return strangersAt(kind, object, users, this.stackIdentity);
  }

  /** What is not known to be the stack's, asked for by its id: a list may have been read while it moved in it. */
  private async look(kind: Kind, ids: readonly number[]): Promise<Map<number, CloudObject>> {
    const found = new Map<number, CloudObject>();
    for (const id of ids.filter((one) => !this.ours.has(one))) {
      const object = await lookAgain(this.api, kind, { id }, this.options);
      if (object) found.set(id, object);
    }
    return found;
  }
}

const isShared = (kind: Kind): kind is SharedKind => (SHARED as readonly Kind[]).includes(kind);
