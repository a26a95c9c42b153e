import type { Server } from "node:http";
import { AddressInfo } from "node:net";
import { httpServer } from "../../../lab/hetzner/http";
import { HetznerApi } from "../../../provider/hetzner";
import { Project, serverBody, TOKEN } from "../../lab/hetzner/project";

export const STACK = "0123456789abcdef";
export const OURS = { "kluster-stack": STACK };

/** The lab's whole Hetzner project without machines, behind HTTP, and kluster's client to it. */
export class StandIn {
  private constructor(
    readonly project: Project,
    private readonly server: Server,
    readonly api: HetznerApi,
    /** Where the API answers. */
    readonly endpoint: string,
  ) {}

  static async open(options: ConstructorParameters<typeof Project>[0] = {}): Promise<StandIn> {
    const project = new Project(options);
    const server = httpServer(project.api);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    return new StandIn(project, server, new HetznerApi({ token: TOKEN, endpoint }), endpoint);
  }

  async close(): Promise<void> {
    await this.project.api.idle();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    this.project.close();
  }

  /** Requests that change something, since the log was cleared. */
  get changes(): string[] {
    const { requests } = this.project.api.log.summary();
    return requests
      .filter(({ method }) => method !== "GET")
      .map(({ method, path }) => `${method} ${path.replace(/\d{5,}/g, "ID")}`);
  }

  /** What servers of a stack share, with one server of the stack in it. */
  async stack() {
    const { project } = this;
    const labels = OURS;
    const network = await project.createNetwork();
    await project.run("PUT", `/networks/${network.id}`, { labels, name: "kluster-dev" });
    const made = async (kind: string, body: object) =>
      Object.values(await project.run("POST", `/${kind}`, { name: "kluster-dev", labels, ...body }))[0];
    const firewall = await made("firewalls", { rules: [] });
    const group = await made("placement_groups", { type: "spread" });
    const address = await made("primary_ips", { type: "ipv4", location: "fsn1" });
    const server = await project.createServer({
      ...{ name: "kluster-dev-il", labels: { ...labels, "kluster-host": "il" } },
      ...{ networks: [network.id], firewalls: [{ firewall: firewall.id }], placement_group: group.id },
      public_net: { ipv4: address.id },
    });
    return { network, firewall, group, address, server };
  }

  /** A server of somebody else's. */
  stranger(body: object = {}, name = "db") {
    return this.project.createServer({ name, ...body });
  }
}

export { serverBody };
