import { ClusterSettings } from "../../settings/cluster";

/** The settings of the shipped inventory, without reading it. */
export function exampleSettings(changes: Partial<ClusterSettings> = {}): ClusterSettings {
  const host = (name: string, address: string, master = false): ClusterSettings["hosts"][number] => ({
    name,
    address,
    nodeAddress: address,
    roles: master ? ["master", "node"] : ["node"],
    labels: {},
    taints: {},
    modules: [],
  });
  const size = { memory: 2048, cpus: 1, disk: 16384 };
  return {
    stack: "dev",
    master: "il",
    hosts: [host("il", "192.168.56.11", true), host("ee", "192.168.56.12"), host("sam", "192.168.56.13")],
    network: "192.168.56.0/24",
    provider: {
      kind: "virtualbox",
      adapter: { kind: "hostonly", address: "192.168.56.1" },
      installer: { url: "https://example.org/nixos.iso", sha256: "0".repeat(64) },
      hosts: { il: size, ee: size, sam: size },
    },
    kubernetes: { pods: "10.244.0.0/16", services: "10.96.0.0/16", apiPort: 6443, podSecurity: "baseline" },
    rollout: { maxUnavailable: 1, reboot: "never" },
    certificateDays: 1095,
    nixpkgs: { url: "https://example.org/nixpkgs.tar.gz", sha256: "0".repeat(52), minimumNix: "2.18" },
    modules: [],
    secrets: {},
    rotate: {},
    rollback: {},
    snapshots: { folder: "/snapshots", keep: 20, days: 90, beforeReplacement: "required" },
    ...changes,
  };
}

/** The same three machines at Hetzner, connected by WireGuard. */
export function hetznerSettings(changes: Partial<ClusterSettings> = {}): ClusterSettings {
  const server = { serverTypes: ["cx23", "cpx12"], locations: ["fsn1", "nbg1"], ipv4: true, protect: false };
  const { hosts, ...settings } = exampleSettings({ stack: "hetzner", network: "10.64.0.0/24" });
  const place = (address: string) => address.split(".").pop();
  return {
    ...settings,
    hosts: hosts.map((host) => ({
      ...host,
      address: `10.64.0.${place(host.address)}`,
      nodeAddress: `10.65.0.${place(host.address)}`,
    })),
    provider: {
      kind: "hetzner",
      image: "debian-13",
      networkZone: "eu-central",
      access: ["203.0.113.7/32"],
      hosts: { il: { ...server, protect: true }, ee: server, sam: { ...server, ipv4: false } },
    },
    wireguard: { cidr: "10.65.0.0/24", port: 51820 },
    ...changes,
  };
}
