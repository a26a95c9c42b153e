import { Access, CallOptions, HetznerApi } from "./api";
import { askCatalogue, Catalogue } from "./catalogue";
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
    const query = { label_selector: selectorOf({ [STACK_LABEL]: stackIdentity }) };
    const all = await this.once(`${kind} of ${stackIdentity}`, () =>
      this.api.list<T>(kind, { ...options, query }),
    );
    return all.filter(({ labels }) => labels?.[HOST_LABEL] === host);
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
