import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Api, ApiOptions, ROUTES } from "../../../lab/hetzner/api";
import { findRoute } from "../../../lab/hetzner/routes";
import { noHardware } from "../../../lab/hetzner/server-hardware";
import { Store } from "../../../lab/hetzner/store";
import { readDescription } from "./description";

type Json = Record<string, any>;

export const TOKEN = "x".repeat(64);

export const PUBLIC_KEY =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f operator";

const description = readDescription();

/** Operations that some test of this process has asked for and been answered with success. */
export const answered = new Set<string>();

/** A project of a test's own: a folder for its state, a clock that only the test moves, actions that take no time. */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), "hetzner-"));
  readonly api: Api;
  time = Date.parse("2026-11-20T10:00:00Z");

  constructor(options: Partial<ApiOptions> = {}) {
    this.api = new Api({
      store: new Store(this.folder),
      hardware: noHardware(),
      now: () => new Date(this.time),
      pace: 0,
      ...options,
    });
  }

  /**
   * One request. Whatever comes back is compared with the API's description, and so is what was accepted.
   * @param path below /v1
   */
  async call(method: string, path: string, body?: Json, authorization = `Bearer ${TOKEN}`) {
    const answer = await this.api.answer({
      method,
      path,
      authorization,
      body: body === undefined ? "" : JSON.stringify(body),
    });
    if (!answer) return { status: 0, body: {} as Json, headers: {} as Record<string, string> };
    const route = findRoute(ROUTES, method, path.split("?")[0]).route;
    if (route) {
      const operation = `${method} ${route.path}`;
      const wrong = description?.answer(operation, answer.status, answer.body) ?? [];
      if (answer.status < 300) answered.add(operation);
      if (answer.status < 300 && body !== undefined)
        wrong.push(...(description?.request(operation, body) ?? []).map((one) => `request: ${one}`));
      if (wrong.length > 0)
        throw new Error(`${operation} ${answer.status}: ${wrong.join("\n")}\n${JSON.stringify(answer.body)}`);
    }
    return { status: answer.status, body: (answer.body ?? {}) as Json, headers: answer.headers };
  }

  /** One request that has to work. Returns its body. */
  async run(method: string, path: string, body?: Json): Promise<Json> {
    const answer = await this.call(method, path, body);
    if (answer.status >= 300 || answer.status === 0)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** One request that has to be refused. Returns `status code`. */
  async refused(method: string, path: string, body?: Json): Promise<string> {
    const answer = await this.call(method, path, body);
    return `${answer.status} ${answer.body.error?.code}`;
  }

  /** A request for an action that has to end well. Returns the action at its end. */
  async act(path: string, body?: Json): Promise<Json> {
    const { action } = await this.run("POST", path, body);
    await this.api.idle();
    const { action: ended } = await this.run("GET", `/actions/${action.id}`);
    if (ended.status !== "success") throw new Error(`${path}: ${JSON.stringify(ended)}`);
    return ended;
  }

  /** A server that is there and runs. */
  async createServer(body: Json = {}): Promise<Json> {
    const { server } = await this.run("POST", "/servers", serverBody(body));
    await this.api.idle();
    return this.server(server.id);
  }

  async server(id: number): Promise<Json> {
    return (await this.run("GET", `/servers/${id}`)).server;
  }

  /** A network with one subnet of the same range. */
  async createNetwork(ipRange = "10.64.0.0/24", zone = "eu-central"): Promise<Json> {
    const subnets = [{ type: "cloud", network_zone: zone, ip_range: ipRange }];
    const body = { name: `network-${ipRange.replace("/", "-")}`, ip_range: ipRange, subnets };
    return (await this.run("POST", "/networks", body)).network;
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }
}

export const serverBody = (body: Json = {}): Json => ({
  name: "il",
  server_type: "cpx22",
  location: "fsn1",
  image: "debian-13",
  ...body,
});
