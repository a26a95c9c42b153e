import { Access, CallOptions, HetznerApi } from "./api";
import { askCatalogue, Catalogue } from "./catalogue";
import { HetznerError } from "./errors";
import { HostRecord, holdsAddress, identify, Identified, isAddressOf, isCertain } from "./identity";
import { HOST_LABEL, isLabelled, STACK_LABEL } from "./labels";
import { somebodyElses } from "./leftovers";
import { CloudObject, Kind, lookAgain } from "./objects";
import { ApiServer } from "./servers";

/**
 * Milliseconds for which a failure answers all hosts: Pulumi checks one resource after the other, and each would wait
 * for Hetzner anew.
 */
const FAILURE_LASTS = 60_000;

/** What a search for a host's server has come to; where there is none, whether its public addresses are there. */
export type Search = Exclude<Identified, { is: "absent" }> | { is: "absent"; hasAddresses: boolean };

/**
 * A Hetzner project during one run: what all hosts need is asked once. What a run itself changes of it meanwhile, its
 * own servers and addresses, is of hosts that have been decided on.
 */
export class Project {
  private readonly remembered = new Map<string, Remembered>();

  constructor(
    readonly api: HetznerApi,
    private readonly now: () => number = Date.now,
  ) {}

  catalogue(options?: CallOptions): Promise<Catalogue> {
    return this.once("catalogue", () => askCatalogue(this.api, options));
  }

  /**
   * Looks for a host's server by everything that points to one. Absent is what has been proved: every list has answered,
   * and neither the id that was seen nor one that has the host's address is a server's.
   * @throws HetznerError when something could not be asked, or is just changing
   */
  async find(record: HostRecord, options?: CallOptions): Promise<Search> {
    const servers = await this.servers(options);
    const atOnce = identify(record, { servers, publicAddresses: [], networks: [] });
    if (atOnce.is === "ours" && isCertain(atOnce.claim)) return atOnce;
    const publicAddresses = await this.addressesOf(record, options);
    const more = await this.unlisted(record, servers, publicAddresses, options);
    const evidence = {
      servers: [...servers, ...more],
      publicAddresses,
      networks: await this.networksFor(record, servers, options),
    };
    const identified = identify(record, evidence);
    return identified.is === "absent"
      ? { is: "absent", hasAddresses: publicAddresses.length > 0 }
      : identified;
  }

  /** A server by its id; undefined: there is none, or it is just being deleted. */
  async serverOfId(id: number, options?: CallOptions): Promise<ApiServer | undefined> {
    const listed = (await this.servers(options)).find((server) => server.id === id);
    const server = listed ?? (await lookAgain(this.api, "servers", { id }, options));
    return server && (server as ApiServer).status !== "deleting" ? (server as ApiServer) : undefined;
  }

  /**
   * Refuses what another server has now, of whoever: the name or the private address of a host. A server would be
   * ordered for it, cost, and never come about or never come into the network.
   * @param own id of the host's server, if it has one
   * @throws HetznerError uniqueness_error or ip_not_available
   */
  async refuseTaken(record: HostRecord, own: number | undefined, options?: CallOptions): Promise<void> {
    const { stackIdentity, host, name, address } = record;
    const others = (await this.servers(options)).filter(
      (server) => server.status !== "deleting" && server.id !== own && !this.isLeftover(server, record),
    );
    const stack = { [STACK_LABEL]: stackIdentity };
    const namesake = others.find((server) => server.name === name && !isLabelled(server, stack));
    if (own === undefined && namesake) throw somebodyElses("servers", namesake);
    const networks = await this.networksFor(record, others, options);
    const holder = others.find((server) => holdsAddress(server, record, networks));
    if (!holder) return;
    const other = isLabelled(holder, stack) ? holder.labels?.[HOST_LABEL] : undefined;
    throw new HetznerError(
      "ip_not_available",
      `${host} cannot have the private address ${address}: the server ${holder.name}${other ? `, of the host ${other},` : ""} has it.`,
      other
        ? `Take ${other} out with a \`pulumi up\` of its own first, or give ${host} another address.`
        : `Take ${holder.name} out of the network, or give ${host} another address.`,
    );
  }

  /** What a run that was killed may have left of the host itself; it is removed before it is ordered anew. */
  private isLeftover(server: ApiServer, { stackIdentity, host }: HostRecord): boolean {
    return isLabelled(server, { [STACK_LABEL]: stackIdentity, [HOST_LABEL]: host });
  }

  /** All objects of a kind in the project, whoever's: one that has lost its labels has not lost its work. */
  all<T extends CloudObject = CloudObject>(kind: Kind, options?: CallOptions): Promise<T[]> {
    return this.once(kind, () => this.api.list<T>(kind, options));
  }

  /**
   * Whether the project has anything that stays for a stack's whole life. A stack that has chosen a server has a network,
   * so where nothing is, this is another project, or all of it was deleted by hand.
   */
  async holdsAnythingOf(stackIdentity: string, options?: CallOptions): Promise<boolean> {
    const stack = { [STACK_LABEL]: stackIdentity };
    for (const kind of ["servers", "networks", "primary_ips"] as const) {
      if ((await this.all(kind, options)).some((object) => isLabelled(object, stack))) return true;
    }
    return false;
  }

  private servers(options?: CallOptions): Promise<ApiServer[]> {
    return this.all<ApiServer>("servers", options);
  }

  /** Public addresses of a host, which are the last things that are made before its server. */
  private async addressesOf(record: HostRecord, options?: CallOptions): Promise<CloudObject[]> {
    return (await this.all("primary_ips", options)).filter((address) => isAddressOf(record, address));
  }

  /** Servers that must be there by what is known and are in no list: it may have been read while they moved in it. */
  private async unlisted(
    { server: known, host }: HostRecord,
    servers: readonly ApiServer[],
    addresses: readonly CloudObject[],
    options?: CallOptions,
  ): Promise<ApiServer[]> {
    const ids = new Set([known, ...addresses.map(({ assignee_id }) => assignee_id)]);
    const found: ApiServer[] = [];
    for (const id of ids) {
      if (typeof id !== "number" || servers.some((server) => server.id === id)) continue;
      const server = await lookAgain(this.api, "servers", { id }, options);
      if (server) found.push(server as ApiServer);
      else if (addresses.some(({ assignee_id }) => assignee_id === id)) {
        throw new HetznerError(
          "conflict",
          `An address of ${host} is assigned to the server ${id}, which Hetzner does not know: something is just being changed.`,
        );
      }
    }
    return found;
  }

  /** Ids of the stack's networks; asked for only where a server without its label has the address in question. */
  private async networksFor(
    { stackIdentity, address }: HostRecord,
    servers: readonly ApiServer[],
    options?: CallOptions,
  ): Promise<number[]> {
    const stack = { [STACK_LABEL]: stackIdentity };
    const holds = ({ private_net }: ApiServer) => private_net?.some(({ ip }) => ip === address);
    if (!servers.some((server) => holds(server) && !isLabelled(server, stack))) return [];
    const networks = await this.all("networks", options);
    return networks.filter((network) => isLabelled(network, stack)).map(({ id }) => id);
  }

  private once<T>(what: string, ask: () => Promise<T>): Promise<T> {
    const known = this.remembered.get(what);
    if (known && !(known.failedAt && this.now() - known.failedAt > FAILURE_LASTS))
      return known.answer as Promise<T>;
    const asked: Remembered = { answer: ask() };
    this.remembered.set(what, asked);
    asked.answer.catch(() => (asked.failedAt = this.now()));
    return asked.answer as Promise<T>;
  }
}

interface Remembered {
  answer: Promise<unknown>;
  failedAt?: number;
}

/** The projects that a run works with: one, as a rule. */
export class Projects {
  private readonly known = new Map<string, Project>();

  /** @param open how to reach a project's API */
  constructor(private readonly open = (access: Access) => new HetznerApi(access)) {}

  /** @throws HetznerError when token or endpoint cannot be used */
  of({ token, endpoint }: Access): Project {
    const key = JSON.stringify([token, endpoint]);
    const project = this.known.get(key) ?? new Project(this.open({ token, endpoint }));
    this.known.set(key, project);
    return project;
  }
}
