import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { httpServer } from "../../../../lab/hetzner/http";
import { Project, TOKEN } from "../../hetzner/project";
import { Aliases } from "./aliases";
import type { Plugin, Running } from "./plugins";
import type { Json, Recorded } from "./recordings";

/** A plugin, and behind it the lab's API without machines. */
export class Stage {
  readonly project = new Project({ now: () => new Date(), correlation: () => undefined });
  readonly aliases = new Aliases();
  private readonly server: Server = httpServer(this.project.api);
  private running!: Running;

  async open(plugin: Plugin, settings: Json = {}): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
    this.running = await plugin.start();
    await this.wire.configure({
      endpoint,
      token: TOKEN,
      pollInterval: "10ms",
      pollFunction: "constant",
      ...settings,
    });
  }

  async close(): Promise<void> {
    this.running.close();
    await this.project.api.idle();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    this.project.close();
  }

  get wire() {
    return this.running.wire;
  }

  /** Repeats a recorded call here. @returns the answer in the names of the recording */
  async replay({ method, request, response }: Recorded): Promise<Json> {
    const { initFailed, ...answer } = await this.wire.call(method, this.aliases.toHere(request));
    if (method === "Create" && response && answer.response) this.aliases.learn(response, answer.response);
    return comparable(this.aliases.toThere(answer));
  }

  /** Changes to the API's objects: requests other than GET since the last time. */
  changes(): string[] {
    const { requests } = this.project.api.log.summary();
    this.project.api.log.clear();
    return requests
      .filter(({ method }) => method !== "GET")
      .map(({ method, path }) => `${method} ${path.replace(/\d{7}/g, "N")}`);
  }
}

/** An answer, with what has no order of its own in one that does not hang on ids. */
export function comparable(answer: Json): Json {
  const { properties } = answer.response ?? {};
  if (!properties) return answer;
  const sort = (list: unknown[]) =>
    [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const sorted = Object.entries(properties).map(([name, value]) => [
    name,
    ["applyTos", "servers"].includes(name) ? sort(value as unknown[]) : value,
  ]);
  return { response: { ...answer.response, properties: Object.fromEntries(sorted) } };
}
