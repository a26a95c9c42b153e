import { spawn } from "node:child_process";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Run } from "../../provider/process";
import { ensureBridge } from "./bridges";
import { must } from "./must";
import { Turns } from "./turns";

/** The bridge that stands in for the internet between a cloud's servers and the operator. */
export const publicBridge = "hzpublic";

/** The operator's own addresses there, and those of the cloud that every server knows. */
const operator = { ipv4: "198.51.100.1/24", ipv6: "2001:db8:c0de::1/48" };
export const router = { ipv4: "172.31.1.1", ipv6: "fe80::1" };
export const metadataAddress = "169.254.169.254";

/** Milliseconds that an ended DHCP server may take to be gone. */
const endLimit = 5_000;

/**
 * The public network of a cloud, as a server sees it: DHCP gives each its own address with prefix length 32 and a
 * router beside it, which even other servers are behind; IPv6 is not announced; the metadata service's address is the
 * operator's. It leads nowhere else, which the router says at once. Lives in the lab's network namespace, and its DHCP server ends with the lab.
 */
export class PublicNetwork {
  private readonly turns = new Turns();

  /** @param folder where it keeps what has to outlive this process */
  constructor(
    private readonly run: Run,
    private readonly folder: string,
  ) {}

  /** Makes what is not there yet. */
  async open(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await ensureBridge(this.run, publicBridge, "0a:00:27:00:01:fe");
    const addresses = [operator.ipv4, `${router.ipv4}/32`, `${metadataAddress}/32`];
    for (const address of [...addresses, operator.ipv6, `${router.ipv6}/64`])
      await must(this.run, "ip", [
        ...["address", "replace", address, "dev", publicBridge],
        ...(address.includes(":") ? ["nodad"] : []),
      ]);
    for (const family of ["ipv4/ip_forward", "ipv6/conf/all/forwarding"])
      await writeFile(`/proc/sys/net/${family}`, "1"); // a router answers at once where it has no way to go
    // Servers are behind one interface: telling them so would lead them past the router, where they do not reach each other.
    for (const where of ["all", publicBridge])
      await writeFile(`/proc/sys/net/ipv4/conf/${where}/send_redirects`, "0");
    await this.lease(await this.known());
  }

  /**
   * Says which address each server gets; others get none. What a server has at the moment stays until it asks again.
   * @param leases IPv4 addresses by MAC
   */
  lease(leases: Record<string, string>): Promise<void> {
    return this.turns.take(async () => {
      const text = JSON.stringify(leases, undefined, 2);
      const same = (await readFile(this.leasesFile, "utf8").catch(() => undefined)) === text;
      const running = await this.serverProcess();
      if (same && running !== undefined) return;
      await writeFile(this.leasesFile, text);
      // Anew, and not told to read again: it would keep an address from its next owner as long as the former lease.
      if (running !== undefined) await end(running);
      await this.startServer(leases);
    });
  }

  private get leasesFile(): string {
    return join(this.folder, "leases.json");
  }

  private get processFile(): string {
    return join(this.folder, "dhcp.pid");
  }

  private async known(): Promise<Record<string, string>> {
    const text = await readFile(this.leasesFile, "utf8").catch(() => "{}");
    return JSON.parse(text) as Record<string, string>;
  }

  private async startServer(leases: Record<string, string>): Promise<void> {
    const log = await open(join(this.folder, "dhcp.log"), "a");
    const server = spawn(
      "dnsmasq",
      [
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--user=root",
        "--pid-file=",
        "--log-facility=-",
        `--interface=${publicBridge}`,
        "--except-interface=lo",
        "--bind-interfaces",
        "--no-resolv",
        "--no-hosts",
        "--no-ping",
        "--dhcp-authoritative",
        "--leasefile-ro",
        `--dhcp-range=${operator.ipv4.split("/")[0]},static,infinite`,
        "--dhcp-option-force=option:netmask,255.255.255.255",
        `--dhcp-option=option:router,${router.ipv4}`,
        `--dhcp-option=option:dns-server,${router.ipv4}`,
        ...Object.entries(leases).map(([mac, address]) => `--dhcp-host=${mac},${address}`),
      ],
      { detached: true, cwd: "/", stdio: ["ignore", log.fd, log.fd] },
    );
    const spawned = new Promise((resolve, reject) => server.once("spawn", resolve).once("error", reject));
    await log.close();
    await spawned;
    server.unref();
    await writeFile(this.processFile, `${server.pid}\n`);
  }

  /** PID of the DHCP server that an earlier call, perhaps of an earlier process, has started. */
  private async serverProcess(): Promise<number | undefined> {
    const pid = Number(await readFile(this.processFile, "utf8").catch(() => ""));
    if (!pid) return undefined;
    return (await isServer(pid)) ? pid : undefined;
  }
}

async function isServer(pid: number): Promise<boolean> {
  const words = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
  return words[0] === "dnsmasq" && words.includes(`--interface=${publicBridge}`);
}

/** @throws Error when it is still there at the time limit */
async function end(pid: number): Promise<void> {
  process.kill(pid, "SIGKILL");
  for (const limit = Date.now() + endLimit; await isServer(pid);) {
    if (Date.now() > limit)
      throw new Error(`the DHCP server of ${publicBridge} (process ${pid}) outlived SIGKILL for 5 s`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
