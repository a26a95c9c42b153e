import { Access, CallOptions, HetznerApi } from "./api";
import { askCatalogue, Catalogue } from "./catalogue";
import { HetznerError } from "./errors";
import { HOST_LABEL, selectorOf, STACK_LABEL } from "./labels";
import { CloudObject, Kind } from "./objects";
import { ApiServer } from "./servers";

/**
 * Milliseconds for which a failure answers all hosts: Pulumi checks one resource after the other, and each would wait
 * for Hetzner anew.
 */
const FAILURE_LASTS = 60_000;

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

  /** The server of a host; undefined: there is none, or it is just being deleted. */
  async server(stackIdentity: string, host: string, options?: CallOptions): Promise<ApiServer | undefined> {
    const servers = await this.ofHost<ApiServer>("servers", stackIdentity, host, options);
    return servers.find(({ status }) => status !== "deleting");
  }

  /**
   * Refuses a private address that another host's server of the stack has now: a server would be ordered for it, cost,
   * and never come into the network.
   * @throws HetznerError ip_not_available
   */
  async refuseTaken(
    stackIdentity: string,
    host: string,
    address: string,
    options?: CallOptions,
  ): Promise<void> {
    const servers = await this.ofStack<ApiServer>("servers", stackIdentity, options);
    const holder = servers
      .filter(({ status, labels }) => status !== "deleting" && labels?.[HOST_LABEL] !== host)
      .find(({ private_net }) => private_net?.some(({ ip }) => ip === address));
    if (!holder) return;
    const other = holder.labels?.[HOST_LABEL];
    throw new HetznerError(
      "ip_not_available",
      `${host} cannot have the private address ${address}: the server ${holder.name}${other ? `, of the host ${other},` : ""} has it.`,
      `Take ${other ?? holder.name} out with a \`pulumi up\` of its own first, or give ${host} another address.`,
    );
  }

  /** Whether a host has public addresses, which are the last things that are made before its server. */
  async hasAddresses(stackIdentity: string, host: string, options?: CallOptions): Promise<boolean> {
    return (await this.ofHost("primary_ips", stackIdentity, host, options)).length > 0;
  }

  private async ofHost<T extends CloudObject>(
    kind: Kind,
    stackIdentity: string,
    host: string,
    options?: CallOptions,
  ): Promise<T[]> {
    const all = await this.ofStack<T>(kind, stackIdentity, options);
    return all.filter(({ labels }) => labels?.[HOST_LABEL] === host);
  }

  private ofStack<T extends CloudObject>(
    kind: Kind,
    stackIdentity: string,
    options?: CallOptions,
  ): Promise<T[]> {
    const query = { label_selector: selectorOf({ [STACK_LABEL]: stackIdentity }) };
    return this.once(`${kind} of ${stackIdentity}`, () => this.api.list<T>(kind, { ...options, query }));
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
