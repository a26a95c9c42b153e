import { ClusterSettings } from "../../../settings/cluster";
import { inputsOf, isSecret, Registered, registered } from "../../support/mocks";
import { exampleSettings, hetznerSettings } from "../../support/settings";

const TOKEN = "t".repeat(64);

async function cluster(settings: ClusterSettings, preview = false): Promise<Registered[]> {
  return registered(
    () => {
      const { Cluster } = require("../../../components/cluster");
      new Cluster(settings.stack, settings);
    },
    preview,
    { "hcloud:token": TOKEN },
  );
}

const SERVER = "hcloud:index/server:Server";
const COMMAND = "command:remote:Command";
const EVALUATION = "kluster-provider:nixos:Evaluation";

const byType = (found: Registered[], type: string) => found.filter((resource) => resource.type === type);
const names = (found: Registered[], type: string) =>
  byType(found, type)
    .map(({ name }) => name)
    .sort();

describe("a cluster of three servers at Hetzner", () => {
  let found: Registered[];
  beforeAll(async () => {
    found = await cluster(hetznerSettings());
  });

  test("has one network, firewall, placement group and key, and for each host a server in the network", () => {
    const count = (type: string) => byType(found, `hcloud:index/${type}`).length;
    const each = ["sshKey:SshKey", "network:Network", "networkSubnet:NetworkSubnet", "firewall:Firewall"];
    for (const type of [...each, "placementGroup:PlacementGroup"])
      expect([type, count(type)]).toEqual([type, 1]);
    expect(names(found, SERVER)).toEqual(["ee", "il", "sam"]);
    expect(inputsOf(found, "hcloud:index/serverNetwork:ServerNetwork", "ee").ip).toBe("10.64.0.12");
  });

  test("labels and names every object as the stack's", () => {
    const labelled = found.filter(({ type, inputs }) => type.startsWith("hcloud:") && "labels" in inputs);
    expect(labelled.length).toBe(1 + 1 + 1 + 1 + 5 + 3);
    for (const { inputs } of labelled) {
      expect(inputs.labels["kluster-stack"]).toBe("0123456789abcdef");
      expect(inputs.name).toMatch(/^kluster-hetzner(-|$)/);
    }
    expect(inputsOf(found, SERVER, "ee").labels["kluster-host"]).toBe("ee");
  });

  test("says beforehand what its objects will be called, and who may come in", () => {
    const { names: called, access } = inputsOf(found, "kluster-provider:hetzner:Cleanup", "/cleanup");
    expect(access).toEqual(["203.0.113.7/32"]);
    const made: Record<string, string> = {
      ...{ ssh_keys: "sshKey:SshKey", networks: "network:Network", firewalls: "firewall:Firewall" },
      ...{ placement_groups: "placementGroup:PlacementGroup", servers: "server:Server" },
    };
    for (const [kind, type] of Object.entries(made)) {
      const real = byType(found, `hcloud:index/${type}`).map(({ inputs }) => inputs.name);
      expect([kind, [...called[kind]].sort()]).toEqual([kind, real.sort()]);
    }
  });

  test("asks for the private address of each host with its choice", () => {
    const { host, address } = inputsOf(found, "kluster-provider:hetzner:ServerChoice", "ee");
    expect([host, address]).toEqual(["ee", "10.64.0.12"]);
  });

  test("opens SSH, the API and WireGuard to the named networks, and nothing else to anybody", () => {
    const { rules } = inputsOf(found, "hcloud:index/firewall:Firewall", "/firewall");
    expect(rules.map(({ protocol, port }: any) => `${protocol}/${port}`)).toEqual([
      "tcp/22",
      "tcp/6443",
      "udp/51820",
    ]);
    for (const { direction, sourceIps } of rules) {
      expect([direction, sourceIps]).toEqual(["in", ["203.0.113.7/32"]]);
    }
  });

  test("orders what was chosen, behind the firewall from the first moment", () => {
    expect(inputsOf(found, SERVER, "il")).toMatchObject({
      serverType: "cx23",
      location: "fsn1",
      image: "debian-13",
      firewallIds: [4711],
      deleteProtection: true,
    });
    expect(inputsOf(found, SERVER, "ee").deleteProtection).toBe(false);
  });

  test("gives a host without IPv4 an IPv6 address alone, and speaks to it there", () => {
    expect(names(found, "hcloud:index/primaryIp:PrimaryIp")).toEqual([
      "ee/ipv4",
      "ee/ipv6",
      "il/ipv4",
      "il/ipv6",
      "sam/ipv6",
    ]);
    expect(inputsOf(found, SERVER, "sam").publicNets).toEqual([
      { ipv4Enabled: false, ipv6Enabled: true, ipv6: 4711 },
    ]);
    expect(inputsOf(found, "kluster-provider:nixos:System", "sam").address).toBe("2001:db8:8::1");
  });

  test("shows a key of its own at the first boot, and another one for good", () => {
    const takeover = inputsOf(found, "kluster-provider:nixos:Takeover", "il");
    expect(takeover.bootHostKey).not.toBe(takeover.hostKey);
    expect(inputsOf(found, "kluster-provider:nixos:System", "il").hostKey).toBe(takeover.hostKey);
    const userData = inputsOf(found, SERVER, "il").userData;
    expect(isSecret(userData)).toBe(true);
    const [head, body] = [userData.value.split("\n")[0], JSON.parse(userData.value.split("\n")[1])];
    expect(head).toBe("#cloud-config");
    expect(body.ssh_keys.ed25519_private).toBe("PRIVATE-KEY-OF-il/boot");
    expect(body.ssh_authorized_keys).toEqual([takeover.authorizedKey]);
  });

  test("tells NixOS of the mesh, of the hardware and of who may come in", () => {
    const { cluster: facts, machines } = inputsOf(found, EVALUATION, "/systems");
    expect(facts.hosts).toEqual({ il: "10.65.0.11", ee: "10.65.0.12", sam: "10.65.0.13" });
    expect(facts.access).toEqual(["203.0.113.7/32"]);
    expect(facts.wireguard).toMatchObject({ port: 51820, mtu: 1370 });
    expect(facts.wireguard.peers.ee).toEqual({
      publicKey: "WIREGUARD-KEY-OF-ee/wireguard",
      address: "10.65.0.12",
      endpoint: "10.64.0.12",
    });
    expect(machines.il).toMatchObject({
      kind: "hetzner",
      address: "10.64.0.11",
      nodeAddress: "10.65.0.11",
      publicAddresses: ["198.51.100.7", "2001:db8:7::1"],
      hetzner: { ipv4: true, ipv6: "2001:db8:7::1/64" },
    });
    expect(machines.il.hetzner.macs.public).not.toBe(machines.il.hetzner.macs.private);
  });

  test("gives each machine its own WireGuard key, as a secret", () => {
    const { secrets } = inputsOf(found, "kluster-provider:nixos:System", "ee");
    expect(isSecret(secrets)).toBe(true);
    expect(secrets.value["wireguard-key"].value ?? secrets.value["wireguard-key"]).toBe(
      "PRIVATE-KEY-OF-ee/wireguard",
    );
  });

  test("hands the token over as a secret and nothing else", () => {
    const text = JSON.stringify(found, (_key, value) => (isSecret(value) ? "" : value));
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain("PRIVATE-KEY");
    expect(inputsOf(found, "kluster-provider:hetzner:ServerChoice", "il").token).toMatchObject({
      value: TOKEN,
    });
  });

  test("pins the lasting host key wherever a machine is spoken to", () => {
    const { hostKey } = inputsOf(found, "kluster-provider:nixos:Takeover", "il");
    const { connection } = inputsOf(found, COMMAND, "/api-ready");
    expect((connection.value ?? connection).hostKey).toBe(hostKey);
  });
});

test("the first preview shows the same resources as the update", async () => {
  const shape = (found: Registered[]) => found.map(({ type, name }) => `${type} ${name}`).sort();
  expect(shape(await cluster(hetznerSettings(), true))).toEqual(shape(await cluster(hetznerSettings())));
});

test("above the machines, both kinds of cluster are made of the same resources", async () => {
  const above = (found: Registered[]) =>
    found
      .filter(({ type }) =>
        /^command:|nixos:(Evaluation|Installation|System|MachineSystem)|pki:|kubernetes:/.test(type),
      )
      .map(({ type, name }) => `${type} ${name}`)
      .sort();
  expect(above(await cluster(hetznerSettings()))).toEqual(above(await cluster(exampleSettings())));
});

test("eleven servers are spread over two placement groups", async () => {
  const { hosts, provider, ...settings } = hetznerSettings();
  if (provider.kind !== "hetzner") throw new Error("the example is no longer Hetzner's");
  const more = Array.from({ length: 8 }, (_, i) => ({
    ...hosts[1],
    name: `node${i}`,
    address: `10.64.0.${30 + i}`,
    nodeAddress: `10.65.0.${30 + i}`,
  }));
  const all = [...hosts, ...more];
  const found = await cluster({
    ...settings,
    hosts: all,
    provider: { ...provider, hosts: Object.fromEntries(all.map(({ name }) => [name, provider.hosts.ee])) },
  });
  expect(names(found, "hcloud:index/placementGroup:PlacementGroup")).toEqual(["/spread-1", "/spread-2"]);
});

test("without a token it is said how to get and set one", async () => {
  await expect(
    registered(() => {
      const { Cluster } = require("../../../components/cluster");
      new Cluster("hetzner", hetznerSettings());
    }),
  ).rejects.toThrow(/^hcloud:token is missing\. .*pulumi config set --stack \w+ --secret hcloud:token$/);
});
