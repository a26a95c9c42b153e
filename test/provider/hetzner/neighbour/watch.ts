import type { PrimaryIp, Server, State } from "../../../../lab/hetzner/state";
import { HOSTS, PLACES, serverNameOf, TYPES } from "./engine";
import { STACK } from "../on-stand-in";

type Json = Record<string, any>;

/** Sees to it that kluster leaves alone what is not its own, and what is healthy. */
export class Watch {
  /** Ids of what the neighbour has made. */
  private readonly theirs = new Set<number>();
  private readonly known = new Set<number>();
  /** Types at places that could not be had at some time of the run. */
  private readonly soldOut = new Set<string>();
  readonly requests: string[] = [];
  readonly violations: string[] = [];

  constructor(
    private readonly state: () => State,
    private readonly healthy: () => readonly number[],
    private readonly decided: (host: string) => Json | undefined,
  ) {}

  beginRun(): void {
    this.soldOut.clear();
    this.lookAtStock();
  }

  /** After each act of the neighbour. */
  actedBy(neighbour: boolean): void {
    for (const { id } of everything(this.state())) {
      if (!this.known.has(id) && neighbour) this.theirs.add(id);
      this.known.add(id);
    }
    this.lookAtStock();
  }

  /** Around each request of kluster's. */
  async over<T>(method: string, path: string, body: string, run: () => Promise<T>): Promise<T> {
    this.requests.push(`${method} ${path}`);
    if (method === "GET") return run();
    this.judgeOrder(method, path, body);
    this.judgeChange(method, path);
    const before = this.untouchable();
    const answer = await run();
    this.actedBy(false);
    const after = this.untouchable();
    for (const [id, was] of before) {
      const is = after.get(id);
      if (is !== was) this.violations.push(`${method} ${path} has changed ${was} to ${is}`);
    }
    return answer;
  }

  private lookAtStock(): void {
    for (const [type, places] of Object.entries(this.state().stock)) {
      for (const [place, available] of Object.entries(places)) {
        if (!available) this.soldOut.add(`${type} ${place}`);
      }
    }
  }

  /** No dearer type than decided before, or than the cheapest, but for want of stock. */
  private judgeOrder(method: string, path: string, body: string): void {
    if (method !== "POST" || path !== "/servers") return;
    const { name, server_type: type } = JSON.parse(body) as Json;
    const host = Object.keys(HOSTS).find((one) => serverNameOf(one) === name)!;
    const cheaper = TYPES.slice(0, TYPES.indexOf(type));
    const before = this.before[host];
    const reasons = before
      ? cheaper.includes(before.serverType) && !this.soldOut.has(`${before.serverType} ${before.location}`)
        ? [`${before.serverType} ${before.location}`]
        : []
      : cheaper
          .flatMap((one) => PLACES.map((place) => `${one} ${place}`))
          .filter((one) => !this.soldOut.has(one));
    if (reasons.length)
      this.violations.push(`${type} is ordered for ${host}, although ${reasons} could be had`);
  }

  private before: Record<string, Json | undefined> = {};

  /** What was decided before a run, for each host. */
  remember(): void {
    this.before = Object.fromEntries(Object.keys(HOSTS).map((host) => [host, this.decided(host)]));
  }

  private judgeChange(method: string, path: string): void {
    const id = Number(/^\/servers\/(\d+)/.exec(path)?.[1]);
    const server = this.state().servers.find((one) => one.id === id);
    if (!server || this.isDestroying) return;
    const lost = method === "DELETE" || /rebuild|change_type/.test(path);
    if (lost && this.healthy().includes(id))
      this.violations.push(`${method} ${path}: ${server.name} is healthy`);
  }

  isDestroying = false;

  /** An address of the neighbour's that was made to go with its server, which is ours or labelled as such. */
  private goesWithServer(state: State, object: object): boolean {
    const { assignee, autoDelete } = object as Partial<PrimaryIp>;
    const server = state.servers.find(({ id }) => id === assignee);
    return (
      autoDelete === true && !!server && (!this.theirs.has(server.id) || hasSigns(state, "servers", server))
    );
  }

  /** What is the neighbour's and has no signs of ours, as text by id. */
  private untouchable(): Map<number, string> {
    const state = this.state();
    const found = new Map<number, string>();
    for (const { kind, object } of objects(state)) {
      if (!this.theirs.has(object.id) || hasSigns(state, kind, object)) continue;
      if (this.goesWithServer(state, object)) continue;
      found.set(
        object.id,
        `${kind} ${JSON.stringify(object)}${kind === "servers" ? uses(state, object.id) : ""}`,
      );
    }
    return found;
  }
}

interface Thing {
  id: number;
  name: string;
  labels: Record<string, string>;
}

const objects = (state: State): { kind: string; object: Thing }[] =>
  (
    ["servers", "networks", "firewalls", "placementGroups", "primaryIps", "sshKeys", "others"] as const
  ).flatMap((kind) => state[kind].map((object) => ({ kind, object: object })));

const everything = (state: State) => objects(state).map(({ object }) => object);

/** What a server has of others, which a request can take from it. */
function uses({ firewalls, primaryIps }: State, server: number): string {
  const behind = firewalls.flatMap(({ id, appliedTo }) =>
    appliedTo.some((target) => target.type === "server" && target.server === server) ? [id] : [],
  );
  const has = primaryIps.flatMap(({ id, assignee }) => (assignee === server ? [id] : []));
  return ` behind ${behind}, with ${has}`;
}

/** Whether something carries signs by which it can be the stack's: its label, or two of a server's other signs. */
function hasSigns(state: State, kind: string, object: Thing): boolean {
  const label = object.labels["kluster-stack"];
  if (label !== undefined) return label === STACK;
  const hosts = Object.keys(HOSTS);
  if (kind === "primaryIps") return hosts.some((host) => object.name.startsWith(`${serverNameOf(host)}-ipv`));
  if (kind !== "servers") return false;
  const server = object as unknown as Server;
  const ours = (id: number) =>
    [...state.networks, ...state.primaryIps].some(
      (one) => one.id === id && one.labels["kluster-stack"] === STACK,
    );
  return hosts.some((host) => {
    const signs = [
      server.name === serverNameOf(host),
      server.labels["kluster-host"] === host,
      server.privateNets.some(({ network, ip }) => ip === HOSTS[host] && ours(network)),
      state.primaryIps.some(
        ({ id, assignee, labels, name }) =>
          assignee === server.id &&
          (labels["kluster-host"] === host || name.startsWith(`${serverNameOf(host)}-ipv`)) &&
          (ours(id) || labels["kluster-stack"] === undefined),
      ),
    ];
    return signs.filter(Boolean).length >= 2;
  });
}
