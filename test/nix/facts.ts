/** Facts as the program writes them for nix/default.nix. */
export interface Facts {
  nixpkgs: { url: string; sha256: string };
  cluster: {
    stack: string;
    master: string;
    apiPort: number;
    pods: string;
    services: string;
    authorizedKeys: string[];
    modules: string[];
    hosts: Record<string, string>;
  };
  machines: Record<string, MachineFacts>;
}

export interface MachineFacts {
  kind: string;
  roles: string[];
  address: string;
  prefixLength: number;
  disk: string;
  rootUuid: string;
  macs: { egress: string; cluster: string };
  modules: string[];
}

/** Facts of the shipped inventory: il is master and node, ee and sam are nodes. */
export function shippedFacts(): Facts {
  const hosts: Record<string, string> = {
    il: "192.168.56.11",
    ee: "192.168.56.12",
    sam: "192.168.56.13",
  };
  const machines = Object.entries(hosts).map(([name, address], i): [string, MachineFacts] => [
    name,
    {
      kind: "virtualbox",
      roles: name === "il" ? ["master", "node"] : ["node"],
      address,
      prefixLength: 24,
      disk: "/dev/disk/by-path/pci-0000:00:0d.0-ata-1",
      rootUuid: `01b3bcba-c0ef-4538-8dd2-f7dee295232${i}`,
      macs: { egress: `08:00:27:00:01:0${i}`, cluster: `08:00:27:00:02:0${i}` },
      modules: [],
    },
  ]);
  return {
    nixpkgs: { url: "https://nixpkgs.example/nixpkgs.tar.gz", sha256: "0".repeat(52) },
    cluster: {
      stack: "dev",
      master: "il",
      apiPort: 6443,
      pods: "10.244.0.0/16",
      services: "10.96.0.0/16",
      authorizedKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKluster kluster"],
      modules: [],
      hosts,
    },
    machines: Object.fromEntries(machines),
  };
}
