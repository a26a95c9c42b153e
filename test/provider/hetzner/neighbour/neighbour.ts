import type { State } from "../../../../lab/hetzner/state";
import { HOSTS, PLACES, serverNameOf, TYPES } from "./engine";
import { Random } from "./random";
import { OURS } from "../on-stand-in";

type Json = Record<string, any>;

/** What can be done by hand in a project, by whoever else has a token of it. */
export class Neighbour {
  /** What was done, for those who look for a fault. */
  readonly acts: string[] = [];
  /** Ids of what got other labels: a sweep need not have seen those that it has at the end. */
  readonly relabelled = new Set<number>();
  private made = 0;

  constructor(
    private readonly random: Random,
    private readonly state: () => State,
    /** A request; refusals are the neighbour's own business. */
    private readonly ask: (method: string, path: string, body?: Json) => Promise<unknown>,
  ) {}

  async act(): Promise<void> {
    const acts = [
      ...[this.order, this.order, this.joinNetwork, this.joinFirewall, this.joinGroup, this.takeAddress],
      ...[this.unlabel, this.relabel, this.rename, this.switchOff, this.switchOn, this.deleteServer],
      ...[this.leaveNetwork, this.leaveFirewall, this.makeNamesake, this.changeStock, this.deleteShared],
      ...[this.protect, this.deleteAddress],
    ];
    await this.random.one(acts)!.call(this);
  }

  private note(text: string): void {
    this.acts.push(text);
  }

  private any<T>(objects: readonly T[]): T | undefined {
    return this.random.one(objects);
  }

  private name(): string {
    const theirs = ["db", "web", "mail"].map((name) => `${name}-${this.made++}`);
    return this.any([...theirs, ...Object.keys(HOSTS).map(serverNameOf)])!;
  }

  private async order(): Promise<void> {
    const { networks, firewalls, placementGroups, primaryIps } = this.state();
    const maybe = <T>(value: T | undefined) => (this.random.happens(0.4) ? value : undefined);
    const free = maybe(this.any(primaryIps.filter(({ assignee }) => assignee === null)));
    const [network, firewall, group] = [this.any(networks), this.any(firewalls), this.any(placementGroups)];
    const labels = this.random.happens(0.2) ? { "kluster-host": this.any(Object.keys(HOSTS)) } : {};
    const body = {
      ...{ name: this.name(), server_type: "cpx22", image: "debian-13", labels },
      location: free?.location ?? this.any(PLACES),
      ...(network && maybe({ networks: [network.id] })),
      ...(firewall && maybe({ firewalls: [{ firewall: firewall.id }] })),
      ...(group && maybe({ placement_group: group.id })),
      ...(free && { public_net: { [free.type]: free.id } }),
    };
    this.note(`orders ${JSON.stringify(body)}`);
    await this.ask("POST", "/servers", body);
  }

  private async joinNetwork(): Promise<void> {
    const [server, network] = [this.any(this.state().servers), this.any(this.state().networks)];
    if (!server || !network) return;
    const ip = this.any([undefined, ...Object.values(HOSTS)]);
    this.note(`puts ${server.name} (${server.id}) into ${network.name} as ${ip}`);
    await this.ask("POST", `/servers/${server.id}/actions/attach_to_network`, { network: network.id, ip });
  }

  private async leaveNetwork(): Promise<void> {
    const server = this.any(this.state().servers.filter(({ privateNets }) => privateNets.length));
    if (!server) return;
    this.note(`takes ${server.name} (${server.id}) out of its network`);
    const { network } = server.privateNets[0];
    await this.ask("POST", `/servers/${server.id}/actions/detach_from_network`, { network });
  }

  private async joinFirewall(): Promise<void> {
    const [server, firewall] = [this.any(this.state().servers), this.any(this.state().firewalls)];
    if (!server || !firewall) return;
    this.note(`puts ${server.name} (${server.id}) behind ${firewall.name}`);
    const target = this.random.happens(0.8)
      ? { type: "server", server: { id: server.id } }
      : { type: "label_selector", label_selector: { selector: "role=db" } };
    await this.ask("POST", `/firewalls/${firewall.id}/actions/apply_to_resources`, { apply_to: [target] });
  }

  private async leaveFirewall(): Promise<void> {
    const firewall = this.any(this.state().firewalls.filter(({ appliedTo }) => appliedTo.length));
    const target = firewall && this.any(firewall.appliedTo);
    if (!firewall || target?.type !== "server") return;
    this.note(`takes ${target.server} from behind ${firewall.name}`);
    const body = { remove_from: [{ type: "server", server: { id: target.server } }] };
    await this.ask("POST", `/firewalls/${firewall.id}/actions/remove_from_resources`, body);
  }

  private async joinGroup(): Promise<void> {
    const [server, group] = [this.any(this.state().servers), this.any(this.state().placementGroups)];
    if (!server || !group) return;
    this.note(`puts ${server.name} (${server.id}) into the group ${group.name}`);
    await this.ask("POST", `/servers/${server.id}/actions/poweroff`);
    await this.ask("POST", `/servers/${server.id}/actions/add_to_placement_group`, {
      placement_group: group.id,
    });
  }

  private async takeAddress(): Promise<void> {
    const { servers, primaryIps } = this.state();
    const [server, address] = [this.any(servers), this.any(primaryIps)];
    if (!server || !address) return;
    this.note(`gives ${address.name} to ${server.name} (${server.id})`);
    for (const id of [server.id, address.assignee]) {
      if (id !== null) await this.ask("POST", `/servers/${id}/actions/poweroff`);
    }
    await this.ask("POST", `/primary_ips/${address.id}/actions/unassign`);
    const old = primaryIps.find(({ assignee, type }) => assignee === server.id && type === address.type);
    if (old) await this.ask("POST", `/primary_ips/${old.id}/actions/unassign`);
    const body = { assignee_type: "server", assignee_id: server.id };
    await this.ask("POST", `/primary_ips/${address.id}/actions/assign`, body);
  }

  private async anything(): Promise<[string, { id: number; name: string; labels: Json }] | undefined> {
    const { servers, networks, firewalls, placementGroups, primaryIps, sshKeys } = this.state();
    return this.any([
      ...[...servers, ...servers].map((one) => ["servers", one] as [string, typeof one]),
      ...networks.map((one) => ["networks", one] as [string, typeof one]),
      ...firewalls.map((one) => ["firewalls", one] as [string, typeof one]),
      ...placementGroups.map((one) => ["placement_groups", one] as [string, typeof one]),
      ...primaryIps.map((one) => ["primary_ips", one] as [string, typeof one]),
      ...sshKeys.map((one) => ["ssh_keys", one] as [string, typeof one]),
    ]);
  }

  private async unlabel(): Promise<void> {
    const found = await this.anything();
    if (!found) return;
    const [kind, { id, name, labels }] = found;
    const without = this.any(["kluster-stack", "kluster-host", "both"])!;
    const left = Object.fromEntries(
      Object.entries(labels).filter(([key]) => without !== "both" && key !== without),
    );
    this.note(`takes the labels of ${kind} ${name} (${id}): ${without}`);
    await this.ask("PUT", `/${kind}/${id}`, { labels: left });
  }

  private async relabel(): Promise<void> {
    const found = await this.anything();
    if (!found) return;
    const [kind, { id, name }] = found;
    const host = this.any(Object.keys(HOSTS));
    const labels = this.any<Json>([
      { role: "db" },
      { "kluster-stack": "fedcba9876543210" },
      { "kluster-host": host },
      OURS,
    ]);
    this.relabelled.add(id);
    this.note(`labels ${kind} ${name} (${id}) ${JSON.stringify(labels)}`);
    await this.ask("PUT", `/${kind}/${id}`, { labels });
  }

  private async rename(): Promise<void> {
    const found = await this.anything();
    if (!found) return;
    const [kind, { id, name }] = found;
    const other = this.any([`renamed-${this.made++}`, "kluster-dev", this.name()]);
    this.note(`renames ${kind} ${name} (${id}) to ${other}`);
    await this.ask("PUT", `/${kind}/${id}`, { name: other });
  }

  private async switchOff(): Promise<void> {
    const server = this.any(this.state().servers);
    if (!server) return;
    this.note(`switches ${server.name} (${server.id}) off`);
    await this.ask("POST", `/servers/${server.id}/actions/poweroff`);
  }

  private async switchOn(): Promise<void> {
    const server = this.any(this.state().servers);
    if (!server) return;
    this.note(`switches ${server.name} (${server.id}) on`);
    await this.ask("POST", `/servers/${server.id}/actions/poweron`);
  }

  private async deleteServer(): Promise<void> {
    const server = this.any(this.state().servers);
    if (!server || this.random.happens(0.5)) return;
    this.note(`deletes the server ${server.name} (${server.id})`);
    await this.ask("POST", `/servers/${server.id}/actions/change_protection`, {
      delete: false,
      rebuild: false,
    });
    await this.ask("DELETE", `/servers/${server.id}`);
  }

  private async protect(): Promise<void> {
    const server = this.any(this.state().servers);
    if (!server || this.random.happens(0.5)) return;
    this.note(`protects ${server.name} (${server.id})`);
    await this.ask("POST", `/servers/${server.id}/actions/change_protection`, {
      delete: true,
      rebuild: true,
    });
  }

  private async makeNamesake(): Promise<void> {
    const host = this.any(Object.keys(HOSTS))!;
    const [kind, body] = this.any<[string, Json]>([
      ["networks", { name: "kluster-dev", ip_range: "10.99.0.0/24" }],
      ["firewalls", { name: "kluster-dev", rules: [] }],
      ["placement_groups", { name: "kluster-dev", type: "spread" }],
      ["primary_ips", { name: `${serverNameOf(host)}-ipv6-fsn1`, type: "ipv6", location: "fsn1" }],
      ["volumes", { name: "data", size: 10, location: "fsn1" }],
    ])!;
    this.note(`makes ${kind} ${body.name}`);
    await this.ask("POST", `/${kind}`, body);
  }

  private async changeStock(): Promise<void> {
    const [type, place] = [this.any(TYPES)!, this.any(PLACES)!];
    const available = this.random.happens(0.5);
    this.note(`stock: ${type} in ${place} ${available}`);
    (this.state().stock[type] ??= {})[place] = available;
  }

  private async deleteShared(): Promise<void> {
    const found = await this.anything();
    if (!found || found[0] === "servers" || this.random.happens(0.7)) return;
    this.note(`deletes ${found[0]} ${found[1].name} (${found[1].id})`);
    await this.ask("DELETE", `/${found[0]}/${found[1].id}`);
  }

  private async deleteAddress(): Promise<void> {
    const address = this.any(this.state().primaryIps.filter(({ assignee }) => assignee === null));
    if (!address || this.random.happens(0.5)) return;
    this.note(`deletes the address ${address.name}`);
    await this.ask("DELETE", `/primary_ips/${address.id}`);
  }
}
