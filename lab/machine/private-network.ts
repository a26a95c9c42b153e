import { writeFile } from "node:fs/promises";
import type { Run } from "../../provider/process";
import { dropUnusedBridge, ensureBridge } from "./bridges";
import { must } from "./must";

/** Bytes that fit into a packet of a private network. */
export const privateMtu = 1450;

export const privateBridge = (network: number) => `hznet${network}`;

/** Where a server is in a private network. */
export interface PrivatePlace {
  network: number;
  ip: string;
  /** The router that even the neighbours are behind. */
  gateway: string;
}

/**
 * Makes a cloud's private network and a way to one of its servers. It routes and does not switch, as Hetzner's do: its
 * ports are isolated from each other, and packets go by the gateway. That is in the operator's namespace, but he is a
 * router there and no more: what he sends himself is dropped, and nothing leads from one network to another.
 */
export async function ensurePrivatePlace(run: Run, { network, ip, gateway }: PrivatePlace): Promise<void> {
  const bridge = privateBridge(network);
  const digits = network.toString(16).padStart(8, "0").slice(-8);
  await ensureBridge(run, bridge, ["0a", "00", ...digits.match(/../g)!].join(":"), privateMtu);
  await must(run, "ip", ["address", "replace", `${gateway}/32`, "dev", bridge]);
  await must(run, "ip", ["route", "replace", `${ip}/32`, "dev", bridge]);
  // Neighbours in one network are behind one interface: telling them so would lead them astray.
  for (const where of ["all", bridge])
    await writeFile(`/proc/sys/net/ipv4/conf/${where}/send_redirects`, "0");
  await must(run, "nft", ["-f", "-"], { stdin: fence(bridge) });
}

export async function dropUnusedPrivateNetwork(run: Run, network: number): Promise<void> {
  const bridge = privateBridge(network);
  if (await dropUnusedBridge(run, bridge)) await must(run, "nft", ["-f", "-"], { stdin: noFence(bridge) });
}

/** Takes the rules away, also where there are none. */
const noFence = (bridge: string) => `
table inet ${bridge}
delete table inet ${bridge}
`;

/** Rules of a table of the network's own, which replace those that are there. */
const fence = (bridge: string) => `${noFence(bridge)}
table inet ${bridge} {
  chain output {
    type filter hook output priority 0;
    oifname "${bridge}" drop
  }
  chain forward {
    type filter hook forward priority 0;
    iifname "${bridge}" oifname != "${bridge}" drop
    oifname "${bridge}" iifname != "${bridge}" drop
  }
}
`;
