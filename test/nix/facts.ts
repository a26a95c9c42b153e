import { Facts, HardwareFacts, MachineFacts } from "../../provider/declarations/facts";

export type { Facts };

const names = ["il", "ee", "sam"];

/** Facts of machines whose addresses end in .11, .12 and .13: il is master and node, ee and sam are nodes. */
function facts(stack: string, network: string, hardware: (i: number) => HardwareFacts): Facts {
  const address = (i: number) => network + (11 + i);
  const machine = (name: string, i: number): MachineFacts => ({
    roles: name === "il" ? ["master", "node"] : ["node"],
    address: address(i),
    prefixLength: 24,
    nodeAddress: address(i),
    modules: [],
    ...hardware(i),
  });
  return {
    nixpkgs: { url: "https://nixpkgs.example/nixpkgs.tar.gz", sha256: "0".repeat(52) },
    cluster: {
      stack,
      master: "il",
      apiPort: 6443,
      podSecurity: "baseline",
      pods: "10.244.0.0/16",
      services: "10.96.0.0/16",
      authorizedKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKluster kluster"],
      modules: [],
      secrets: [],
      hosts: Object.fromEntries(names.map((name, i) => [name, address(i)])),
      access: [],
    },
    machines: Object.fromEntries(names.map((name, i) => [name, machine(name, i)])),
  };
}

const rootUuid = (i: number) => `01b3bcba-c0ef-4538-8dd2-f7dee295232${i}`;

/** Facts of the shipped inventory: VirtualBox machines that speak to each other on their network itself. */
export function shippedFacts(): Facts {
  return facts("dev", "192.168.56.", (i) => ({
    kind: "virtualbox",
    disk: "/dev/disk/by-path/pci-0000:00:0d.0-ata-1",
    rootUuid: rootUuid(i),
    publicAddresses: [],
    virtualbox: { macs: { egress: `08:00:27:00:01:0${i}`, cluster: `08:00:27:00:02:0${i}` } },
  }));
}

/** Facts of the shipped Hetzner inventory: WireGuard between the nodes, and an outside that is narrowed down. */
export function hetznerFacts(): Facts {
  const made = facts("hetzner", "10.64.0.", (i) => ({
    kind: "hetzner",
    disk: "/dev/disk/by-path/pci-0000:06:00.0-scsi-0:0:0:0",
    rootUuid: rootUuid(i),
    publicAddresses: [`198.51.100.${11 + i}`, `2001:db8:${i + 1}::1`],
    hetzner: {
      macs: { public: `96:00:00:00:01:0${i}`, private: `86:00:00:00:02:0${i}` },
      ipv4: true,
      ipv6: `2001:db8:${i + 1}::1/64`,
    },
  }));
  made.cluster.access = ["203.0.113.0/24", "2001:db8:beef::/48"];
  return withWireGuard(made);
}

/** The same machines with WireGuard between them. */
export function withWireGuard(facts: Facts): Facts {
  const peers = Object.entries(facts.machines).map(([name, { address }], i) => [
    name,
    { publicKey: wireGuardKey(i), address: `10.65.0.${address.split(".")[3]}`, endpoint: address },
  ]);
  facts.cluster.wireguard = { port: 51820, mtu: 1370, peers: Object.fromEntries(peers) };
  for (const [name, machine] of Object.entries(facts.machines)) {
    machine.nodeAddress = facts.cluster.wireguard.peers[name].address;
    facts.cluster.hosts[name] = machine.nodeAddress;
  }
  return facts;
}

/** Well-formed public keys, none of them anybody's; with every character that base64 has beside letters and digits. */
export const wireGuardKey = (i: number) => `${"A+b/".repeat(10)}AA${i}=`;

/** What only a Hetzner machine has. */
export function ofHetzner(machine: MachineFacts) {
  if (machine.kind !== "hetzner") throw new Error(`${machine.address} is of the kind ${machine.kind}`);
  return machine.hetzner;
}

/** What only a VirtualBox machine has. */
export function ofVirtualBox(machine: MachineFacts) {
  if (machine.kind !== "virtualbox") throw new Error(`${machine.address} is of the kind ${machine.kind}`);
  return machine.virtualbox;
}
