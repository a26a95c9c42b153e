import type { Run } from "../../provider/process";
import { must } from "./must";

// Asked of `ip` and not of /sys, which shows the box's network in the lab, too.

/**
 * Makes a network that machines can be plugged into; nothing to do when it is there.
 * @param mac the bridge's own: otherwise it changes with the machines that come and go
 */
export async function ensureBridge(run: Run, name: string, mac: string, mtu = 1500): Promise<void> {
  if (await exists(run, name)) return;
  await must(run, "ip", ["link", "add", name, "address", mac, "mtu", `${mtu}`, "type", "bridge"]);
  await must(run, "ip", ["link", "set", name, "up"]);
}

/**
 * Removes a bridge into which nothing is plugged any more.
 * @returns whether there is none now
 */
export async function dropUnusedBridge(run: Run, name: string): Promise<boolean> {
  if (!(await exists(run, name))) return true;
  const ports = await must(run, "ip", ["-o", "link", "show", "master", name]);
  if (ports !== "") return false;
  await must(run, "ip", ["link", "del", name]);
  return true;
}

async function exists(run: Run, name: string): Promise<boolean> {
  return (await run("ip", ["link", "show", "dev", name], { timeout: 10_000 })).code === 0;
}
