import * as pulumi from "@pulumi/pulumi";
import { WireGuardArgs, WireGuardKey } from "../provider/sdk";
import { HostSettings, WireGuardSettings } from "../settings/cluster";
import { formerly, logicalName } from "./logical-name";

/** Bytes that WireGuard adds to a packet, in the worst case, over IPv6: 40 + 8 + 32 (wg-quick takes the same). */
export const OVERHEAD = 80;

/** The mesh that connects the machines: a key pair for each, and what each must know of all. */
export class WireGuard extends pulumi.ComponentResource {
  /** As nix/facts.nix takes it. */
  readonly facts: WireGuardArgs;
  private readonly keys: Record<string, WireGuardKey>;

  /** @param mtu bytes, of the network that the machines' links run over */
  constructor(
    name: string,
    args: { settings: WireGuardSettings; hosts: HostSettings[]; mtu: number; generation?: string },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("kluster:wireguard:WireGuard", name, {}, opts);
    const { settings, hosts, mtu, generation } = args;
    this.keys = Object.fromEntries(
      hosts.map(({ name: host }) => [
        host,
        new WireGuardKey(
          logicalName({ host, role: "wireguard" }),
          { generation },
          { parent: this, ...formerly(`${host}-wireguard`) },
        ),
      ]),
    );
    const peers = hosts.map(({ name: host, address, nodeAddress }) => {
      const peer = { publicKey: this.keys[host].publicKey, address: nodeAddress, endpoint: address };
      return [host, peer] as const;
    });
    this.facts = { port: settings.port, mtu: mtu - OVERHEAD, peers: Object.fromEntries(peers) };
    this.registerOutputs({});
  }

  /** Secret. */
  privateKey(host: string): pulumi.Output<string> {
    return this.keys[host].privateKey;
  }
}
