import { readFileSync, readlinkSync } from "node:fs";
import { Run } from "../../provider/process";
import { netmaskOf } from "./addresses";

/** An Ethernet interface of the host, as `list bridgedifs` and `list hostonlyifs` show it. */
export interface HostInterface {
  name: string;
  /** Six pairs of hex digits with colons, lower case. */
  mac: string;
  up: boolean;
  /** "" where it has none. */
  address: string;
  netmask: string;
  ipv6: string;
  ipv6Prefix: number;
}

/** The host's network as VirtualBox uses it: here, the network namespace that the call runs in. */
export interface HostNetwork {
  /** Ethernet interfaces, that of the default route first. */
  interfaces(): Promise<HostInterface[]>;
  /** Inode of the network namespace; part of the GUIDs that VirtualBox shows. */
  namespace(): number;
  /** Makes a host-only interface, down and without an address. */
  createInterface(name: string, mac: string): Promise<void>;
  /** Gives an interface this IPv4 address and no other, and brings it up. */
  setAddress(name: string, address: string, prefixLength: number): Promise<void>;
  removeInterface(name: string): Promise<void>;
  /** Content of /etc/vbox/networks.conf, if there is one. */
  networksConf(): string | undefined;
}

interface IpAddr {
  ifname: string;
  link_type: string;
  address: string;
  flags: string[];
  addr_info: { family: "inet" | "inet6"; local: string; prefixlen: number }[];
}

/** The host network by iproute2. A host-only interface is a bridge, to which the machines' NICs are added. */
export function linuxHostNetwork(run: Run): HostNetwork {
  const ip = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run("ip", args, { timeout: 30_000 });
    if (code !== 0) throw new Error(`ip ${args.join(" ")} failed: ${stderr.trim()}`);
    return stdout;
  };
  return {
    async interfaces() {
      const links = JSON.parse(await ip("-json", "addr", "show")) as IpAddr[];
      const preferred = defaultInterface();
      return links
        .filter((link) => link.link_type === "ether")
        .map(toHostInterface)
        .sort((one, other) => Number(other.name === preferred) - Number(one.name === preferred));
    },
    namespace: () => Number(/\d+/.exec(readlinkSync("/proc/self/ns/net"))![0]),
    createInterface: async (name, mac) => {
      await ip("link", "add", "name", name, "address", mac, "type", "bridge");
    },
    setAddress: async (name, address, prefixLength) => {
      await ip("-4", "addr", "flush", "dev", name);
      await ip("addr", "add", `${address}/${prefixLength}`, "broadcast", "+", "dev", name);
      await ip("link", "set", "dev", name, "up");
    },
    removeInterface: async (name) => {
      await ip("link", "delete", "dev", name, "type", "bridge");
    },
    networksConf: () => {
      try {
        return readFileSync("/etc/vbox/networks.conf", "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
  };
}

function toHostInterface(link: IpAddr): HostInterface {
  const inet = link.addr_info.find((info) => info.family === "inet");
  const inet6 = [...link.addr_info].reverse().find((info) => info.family === "inet6");
  return {
    name: link.ifname,
    mac: link.address,
    up: link.flags.includes("UP"),
    address: inet?.local ?? "",
    netmask: inet ? netmaskOf(inet.prefixlen) : "",
    ipv6: inet6?.local ?? "",
    ipv6Prefix: inet6?.prefixlen ?? 0,
  };
}

/** Name of the interface that the default route goes through. */
function defaultInterface(): string | undefined {
  const routes = readFileSync("/proc/net/route", "utf8").split("\n").slice(1);
  const fields = routes.map((line) => line.split(/\s+/));
  return fields.find((route) => route[1] === "00000000" && route[7] === "00000000")?.[0];
}
