import { spawn, ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import type { Run } from "../../provider/process";
import type { Nic } from "./hardware";
import { must } from "./must";
import { Turns } from "./turns";

/** Network namespaces of one machine, by the names that `ip netns` knows in the supervisor's own /run. */
export const machineNamespace = "machine";
const natNamespace = (slot: number) => `nat${slot}`;

/** Where `ip netns` keeps a namespace. */
export const namespacePath = (name: string) => `/run/netns/${name}`;

/** What a NAT network of VirtualBox gives to its one machine. */
const nat = { gateway: "10.0.2.2", dns: "10.0.2.3", guest: "10.0.2.15" };

/** The interface names that VirtualBox's PCI slots lead to; an order that nothing may rely on. */
export function interfaceName(slot: number): string {
  const pciSlots = [3, 8, 9, 10, 16, 17, 18, 19];
  return `enp0s${pciSlots[slot - 1]}`;
}

const nameOf = (nic: Nic) => nic.name ?? interfaceName(nic.slot);

/** The lab's end of a machine's cable; at most 15 characters, different for every machine. */
export function portName(uuid: string, slot: number): string {
  return `vm${createHash("sha256").update(uuid).digest("hex").slice(0, 9)}n${slot}`;
}

/** The machine's cables and what is at their far ends. One thing at a time is done to them. */
export class Network {
  private readonly nics: Map<number, Nic>;
  /** DHCP servers of NAT networks, by slot. */
  private readonly servers = new Map<number, ChildProcess>();
  private readonly turns = new Turns();

  constructor(
    private readonly run: Run,
    private readonly uuid: string,
    nics: Nic[],
  ) {
    this.nics = new Map(nics.map((nic) => [nic.slot, nic]));
  }

  /**
   * Lays every cable anew, so that nothing of an earlier boot is left in the machine's namespace.
   * @throws Error when a bridge does not exist
   */
  plug(): Promise<void> {
    return this.turns.take(async () => {
      await this.takeAway();
      await must(this.run, "ip", ["netns", "add", machineNamespace]);
      for (const nic of this.nics.values()) await this.lay(nic);
    });
  }

  /** Takes every cable away; idempotent. */
  unplug(): Promise<void> {
    return this.turns.take(() => this.takeAway());
  }

  /**
   * Puts a NIC into the machine, which runs: in place of the one in that slot, if any.
   * @throws Error when the bridge does not exist; then the slot is empty
   */
  add(nic: Nic): Promise<void> {
    return this.turns.take(async () => {
      await this.cut(nic.slot);
      this.nics.set(nic.slot, nic);
      try {
        await this.lay(nic);
      } catch (error) {
        await this.cut(nic.slot);
        throw error;
      }
    });
  }

  /** Takes a NIC out of the machine, which runs. */
  remove(slot: number): Promise<void> {
    return this.turns.take(() => this.cut(slot));
  }

  private async cut(slot: number): Promise<void> {
    const nic = this.nics.get(slot);
    if (nic) await this.pull(nic);
    this.nics.delete(slot);
  }

  private async lay(nic: Nic): Promise<void> {
    if (nic.attachment.kind === "bridge") await this.plugIntoBridge(nic, nic.attachment.bridge);
    else await this.plugIntoNat(nic);
  }

  private async plugIntoBridge(nic: Nic, bridge: string): Promise<void> {
    const port = portName(this.uuid, nic.slot);
    const mtu = `mtu ${nic.mtu ?? 1500}`;
    await this.ip([
      `link add ${port} ${mtu} type veth peer name ${nameOf(nic)} address ${nic.mac} ${mtu} netns ${machineNamespace}`,
      `link set ${port} master ${bridge} up`,
      ...(nic.isolated ? [`link set ${port} type bridge_slave isolated on`] : []),
    ]);
  }

  /** The far end is a namespace with a DHCP server and no way out, which says so to whoever asks for one. */
  private async plugIntoNat(nic: Nic): Promise<void> {
    const name = natNamespace(nic.slot);
    await must(this.run, "ip", ["netns", "add", name]);
    await this.ip([
      `link add link0 netns ${name} type veth peer name ${nameOf(nic)} address ${nic.mac} netns ${machineNamespace}`,
    ]);
    await this.ip(
      [
        "link set lo up",
        `addr add ${nat.gateway}/24 dev link0`,
        `addr add ${nat.dns}/24 dev link0`,
        "link set link0 up",
      ],
      ["-n", name],
    );
    // Not `ip netns exec`, which would hold on to a copy of this boot's mounts for as long as the server runs.
    const inNat = [`--net=${namespacePath(name)}`, "--"];
    // A router without a route answers "network unreachable" at once; a host that is no router lets callers wait.
    await must(this.run, "nsenter", [...inNat, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"]);
    const dhcp = [
      "--keep-in-foreground",
      "--conf-file=/dev/null",
      "--user=root",
      "--pid-file=",
      "--log-facility=/dev/null",
      "--quiet-dhcp",
      "--interface=link0",
      "--bind-interfaces",
      "--no-resolv",
      "--no-hosts",
      "--no-ping",
      "--dhcp-authoritative",
      "--leasefile-ro",
      `--dhcp-range=${nat.guest},${nat.guest},255.255.255.0,24h`,
      `--dhcp-option=option:router,${nat.gateway}`,
      `--dhcp-option=option:dns-server,${nat.dns}`,
    ];
    this.servers.set(
      nic.slot,
      spawn("nsenter", [...inNat, "dnsmasq", ...dhcp], { stdio: ["ignore", "ignore", "inherit"] }),
    );
  }

  private async takeAway(): Promise<void> {
    // A namespace ends some time after its last user; deleting the cables first frees their names now.
    for (const nic of this.nics.values()) await this.pull(nic);
    await this.run("ip", ["netns", "del", machineNamespace], { timeout: 10_000 });
  }

  /** Takes one cable and what is at its far end away; idempotent. */
  private async pull({ slot, attachment }: Nic): Promise<void> {
    const server = this.servers.get(slot);
    this.servers.delete(slot);
    if (server && server.exitCode === null && server.signalCode === null) {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGKILL");
      await ended;
    }
    const cable =
      attachment.kind === "bridge"
        ? ["link", "del", portName(this.uuid, slot)]
        : ["-n", natNamespace(slot), "link", "del", "link0"];
    await this.run("ip", cable, { timeout: 10_000 });
    if (attachment.kind === "nat")
      await this.run("ip", ["netns", "del", natNamespace(slot)], { timeout: 10_000 });
  }

  /** What the running machine has, such as "enp0s8 192.168.56.11/24". */
  async addresses(): Promise<string[]> {
    const listed = await this.run("ip", ["-n", machineNamespace, "-j", "-4", "addr"], { timeout: 10_000 });
    if (listed.code !== 0) return []; // between two boots there is no namespace
    const links = JSON.parse(listed.stdout || "[]") as {
      ifname?: string;
      addr_info?: { local: string; prefixlen: number }[];
    }[];
    return links
      .filter(({ ifname, addr_info }) => ifname?.startsWith("enp") && addr_info?.length)
      .map(({ ifname, addr_info }) =>
        [ifname, ...addr_info!.map(({ local, prefixlen }) => `${local}/${prefixlen}`)].join(" "),
      );
  }

  private async ip(lines: string[], options: string[] = []): Promise<void> {
    await must(this.run, "ip", [...options, "-batch", "-"], { stdin: lines.join("\n") + "\n" });
  }
}
