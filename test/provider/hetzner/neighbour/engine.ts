import { HetznerApi, KINDS, Kind, Leftovers, Projects } from "../../../../provider/hetzner";
import { AnyResource, Context } from "../../../../provider/resource";
import { hetznerCleanup } from "../../../../provider/resources/hetzner-cleanup";
import { serverChoice } from "../../../../provider/resources/server-choice";
import { serverPower } from "../../../../provider/resources/server-power";
import { TOKEN } from "../../../lab/hetzner/project";
import { FakeClock } from "../../virtualbox/fake-clock";
import { OURS, STACK } from "../on-stand-in";

type Json = Record<string, any>;

export const HOSTS: Record<string, string> = { il: "10.64.0.11", ee: "10.64.0.12" };
export const serverNameOf = (host: string) => `kluster-dev-${host}`;
/** In the order of their prices, the cheapest first. */
export const TYPES = ["cpx12", "cpx22", "ccx13"];
export const PLACES = ["fsn1", "nbg1"];

/** What hcloud's plugin asks for; rejects with `code` of the API's refusal. */
export type Ask = (method: string, path: string, body?: Json) => Promise<Json>;

/** What the state of a stack knows of a host. */
interface HostState {
  choice?: Json;
  addresses: { id: number; location: string }[];
  /** Of a former location, to be deleted at the end of a run. */
  condemned: number[];
  server?: { id: number; order: number; type: string; location: string; attached: boolean };
  power?: Json;
}

/** A run that ends in an error, as the user would see it. */
export class RunFailed extends Error {}

/**
 * As much of Pulumi, its program and hcloud's plugin as it takes to run kluster's own code in the order in which
 * components/hetzner and the resources have it: choice, leftovers, power, clean-up. What the plugin would do is done by
 * plain requests.
 */
export class Engine {
  private readonly shared: Partial<Record<Kind, number>> = {};
  private readonly hosts: Record<string, HostState> = {};
  private cleanup?: Json;

  constructor(
    private readonly ask: Ask,
    private readonly endpoint: string,
  ) {}

  /** Ids of servers that the state knows as made and in the network. */
  get servers(): number[] {
    return Object.values(this.hosts).flatMap(({ server }) => (server?.attached ? [server.id] : []));
  }

  /** What was decided last for a host. */
  decided(host: string): Json | undefined {
    return this.hosts[host]?.choice;
  }

  /** @throws RunFailed with what is wrong with the inputs, or what Hetzner refused */
  async up(): Promise<void> {
    const run = this.run();
    const names = {
      ...{ ssh_keys: ["kluster-dev"], networks: ["kluster-dev"], firewalls: ["kluster-dev"] },
      ...{ placement_groups: ["kluster-dev"], servers: Object.keys(HOSTS).map(serverNameOf) },
    };
    const inputs = { ...run.account, stackIdentity: STACK, stack: "dev", names, access: [] };
    await checked(run.cleanup, inputs, this.cleanup);
    this.cleanup = inputs;
    for (const [kind, body] of Object.entries(SHARED) as [Kind, Json][])
      await this.makeShared(run, kind, body);
    for (const host of Object.keys(HOSTS)) await this.makeHost(run, host);
    for (const state of Object.values(this.hosts)) {
      while (state.condemned.length) {
        await ignoring(["not_found"], this.ask("DELETE", `/primary_ips/${state.condemned[0]}`));
        state.condemned.shift();
      }
    }
  }

  /** What is gone is forgotten. */
  async refresh(): Promise<void> {
    const run = this.run();
    const isThere = async (kind: string, id: number) =>
      (await ignoring(["not_found"], this.ask("GET", `/${kind}/${id}`))) !== undefined;
    for (const [kind, id] of Object.entries(this.shared)) {
      if (!(await isThere(kind, id))) delete this.shared[kind as Kind];
    }
    for (const state of Object.values(this.hosts)) {
      if (state.choice && !(await run.choice.read!("", { outputs: {}, inputs: state.choice }, context))) {
        delete state.choice;
      }
      if (state.server && !(await isThere("servers", state.server.id))) delete state.server;
      const addresses = [];
      for (const address of state.addresses)
        if (await isThere("primary_ips", address.id)) addresses.push(address);
      state.addresses = addresses;
    }
  }

  /** The state forgets everything but the clean-up, which then deletes it. */
  async destroy(): Promise<void> {
    for (const kind of Object.keys(this.shared)) delete this.shared[kind as Kind];
    for (const host of Object.keys(this.hosts)) delete this.hosts[host];
    if (!this.cleanup) return;
    await this.run().cleanup.delete!("", { outputs: {}, inputs: this.cleanup }, context);
    delete this.cleanup;
  }

  /** The processes of a run: what they have asked once they remember. */
  private run() {
    const clock = new FakeClock();
    const open = () => new HetznerApi({ token: TOKEN, endpoint: this.endpoint, clock });
    const projects = new Projects(open);
    return {
      account: { token: TOKEN, endpoint: this.endpoint },
      api: open(),
      leftovers: new Leftovers(open()),
      cleanup: hetznerCleanup(projects, async () => []) as AnyResource,
      choice: serverChoice(projects) as AnyResource,
      power: serverPower(projects, async () => undefined) as AnyResource,
    };
  }

  private async make(run: Run, kind: Kind, body: Json, labels: Json = OURS): Promise<number> {
    await run.leftovers.remove(kind, body.name, OURS);
    const answer = await this.ask("POST", `/${kind}`, { ...body, labels });
    return answer[KINDS[kind].replace(" ", "_").replace("IP", "ip").replace("SSH", "ssh")].id;
  }

  private async makeShared(run: Run, kind: Kind, body: Json): Promise<void> {
    if (this.shared[kind] === undefined)
      this.shared[kind] = await this.make(run, kind, { name: "kluster-dev", ...body });
  }

  private async makeHost(run: Run, host: string): Promise<void> {
    const state = (this.hosts[host] ??= { addresses: [], condemned: [] });
    const serverName = serverNameOf(host);
    const labels = { ...OURS, "kluster-host": host };
    const wish = { serverTypes: TYPES, locations: PLACES, ipv4: false };
    const given = { ...run.account, stackIdentity: STACK, host, serverName, address: HOSTS[host], ...wish };
    const before = state.choice;
    const choice = await checked(run.choice, given, before);
    if (before && differs(before, choice, ["serverType", "location", "order"])) {
      await run.choice.update!("", { outputs: before, before, inputs: choice }, context);
    }
    state.choice = choice;
    const { serverType: type, location, order } = choice;
    if (!state.addresses.some((address) => address.location === location)) {
      const name = `${serverName}-ipv6-${location}`;
      const id = await this.make(
        run,
        "primary_ips",
        { name, type: "ipv6", location, auto_delete: false },
        labels,
      );
      state.condemned.push(...state.addresses.map((address) => address.id));
      state.addresses = [{ id, location }];
    }
    await this.makeServer(run, host, state, { type, location, order }, labels);
    const power = {
      ...run.account,
      stackIdentity: STACK,
      host,
      server: String(state.server!.id),
      running: true,
    };
    const wanted = await checked(run.power, { ...power, serverType: type, ipv4: false }, state.power);
    const other = state.power?.server !== wanted.server;
    if (other) await run.power.create(wanted, context);
    else if (differs(state.power!, wanted, ["foundOff", "foundOther", "serverType"])) {
      await run.power.update!("", { outputs: {}, before: state.power, inputs: wanted }, context);
    }
    state.power = wanted;
  }

  private async makeServer(
    run: Run,
    host: string,
    state: HostState,
    { type, location, order }: { type: string; location: string; order: number },
    labels: Json,
  ): Promise<void> {
    const { server } = state;
    if (server && (server.order !== order || server.location !== location)) {
      await this.ask("DELETE", `/servers/${server.id}`); // one that is gone is an error to the plugin
      delete state.server;
    } else if (server && server.type !== type) {
      throw new RunFailed(`${host} would become a ${type}, which nobody has asked for`);
    }
    if (!state.server) {
      const id = await this.make(
        run,
        "servers",
        {
          ...{ name: serverNameOf(host), server_type: type, location, image: "debian-13" },
          firewalls: [{ firewall: this.shared.firewalls }],
          placement_group: this.shared.placement_groups,
          public_net: { enable_ipv4: false, enable_ipv6: true, ipv6: state.addresses[0].id },
        },
        labels,
      );
      state.server = { id, order, type, location, attached: false };
    }
    if (state.server.attached) return;
    const attach = `/servers/${state.server.id}/actions/attach_to_network`;
    await this.ask("POST", attach, { network: this.shared.networks, ip: HOSTS[host] });
    state.server.attached = true;
  }
}

type Run = ReturnType<Engine["run"]>;

const SHARED: Partial<Record<Kind, Json>> = {
  ssh_keys: {
    public_key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f operator",
  },
  networks: {
    ip_range: "10.64.0.0/24",
    subnets: [{ type: "cloud", network_zone: "eu-central", ip_range: "10.64.0.0/24" }],
  },
  firewalls: { rules: [] },
  placement_groups: { type: "spread" },
};

const context: Context = {
  signal: new AbortController().signal,
  status: () => {},
  info: () => {},
  warn: () => {},
  phase: (_name, work) => work(),
};

async function checked(resource: AnyResource, inputs: Json, before: Json | undefined): Promise<Json> {
  const { inputs: kept, failures = [] } = await resource.check!(inputs, context, before);
  if (failures.length) throw new RunFailed(failures.map(({ reason }) => reason).join("\n"));
  return kept;
}

const differs = (one: Json, other: Json, names: string[]) => names.some((name) => one[name] !== other[name]);

async function ignoring<T>(codes: string[], call: Promise<T>): Promise<T | undefined> {
  return call.catch((error) => {
    if (codes.includes(error.code)) return undefined;
    throw error;
  });
}
