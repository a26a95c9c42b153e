import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { registered } from "../support/mocks";
import { exampleSettings, hetznerSettings } from "../support/settings";
import { Facts, hetznerFacts, shippedFacts, wireGuardKey, withWireGuard } from "./facts";
import { checkout, describeWithNix, Evaluation, ScratchNix, value } from "./nix";

const nix = new ScratchNix();
const factsFile = () => join(nix.folder, "facts.json");
afterAll(() => nix.remove());

/** Reads facts as nix/default.nix does. */
function read(facts: unknown): Evaluation {
  const file = factsFile();
  writeFileSync(file, JSON.stringify(facts));
  return nix.evaluate(["-E", `import ${checkout}/nix/facts.nix "${file}"`]);
}

/** The facts with one thing changed. */
function changed(change: (facts: any) => void, facts = shippedFacts()): Facts {
  change(facts);
  return facts;
}

/** Each path of the document that leads to a value, such as ["machines", "il", "virtualbox", "macs", "egress"]. */
function paths(at: any, path: string[] = []): string[][] {
  const named = typeof at === "object" && !Array.isArray(at);
  return named ? Object.keys(at).flatMap((key) => paths(at[key], [...path, key])) : [path];
}

function withMesh() {
  const { hosts, ...settings } = exampleSettings();
  const nodes = hosts.map((host, i) => ({ ...host, nodeAddress: `10.65.0.${i + 1}` }));
  return { ...settings, hosts: nodes, wireguard: { cidr: "10.65.0.0/24", port: 51820 } };
}

describeWithNix("what the program hands over", () => {
  it.each([
    { what: "VirtualBox machines", settings: exampleSettings() },
    { what: "VirtualBox machines on another address in WireGuard", settings: withMesh() },
    { what: "Hetzner machines", settings: hetznerSettings() },
  ])("is what is read, and nothing besides: $what", async ({ settings }) => {
    const found = await registered(
      () => {
        const { Cluster } = require("../../components/cluster");
        new Cluster("/cluster", settings);
      },
      false,
      { "hcloud:token": "t".repeat(64) },
      [],
      {
        "kluster-provider:wireguard:KeyPair": () => ({ publicKey: wireGuardKey(0), privateKey: "PRIVATE" }),
      },
    );
    const { nixpkgs, cluster, machines } = found.find(({ type }) => type.endsWith(":Evaluation"))!.inputs;
    const facts = { nixpkgs: { url: nixpkgs.url, sha256: nixpkgs.sha256 }, cluster, machines };
    const evaluation = read(facts);
    expect(evaluation.messages).toBe("");
    expect(value(evaluation)).toEqual(facts);
  });
});

const complete = [
  { what: "VirtualBox machines", facts: shippedFacts },
  { what: "VirtualBox machines with WireGuard", facts: () => withWireGuard(shippedFacts()) },
  { what: "Hetzner machines", facts: hetznerFacts },
];

describeWithNix.each(complete)("the facts of $what", ({ facts: make }) => {
  // Which machines, hosts and peers there are is the inventory's matter; everything about each must be there.
  const required = paths(make()).filter(([first, second]) => first !== "machines" || second === "il");
  const fields = required.filter((path) => path[1] !== "hosts" && path.at(-1) !== "ipv6");

  it("are taken as they are when they are complete", () => {
    expect(value(read(make()))).toEqual(make());
  });

  it("lose what nobody asks for", () => {
    const facts = changed((f) => {
      f.extra = 1;
      f.cluster.extra = 1;
      f.machines.il.extra = 1;
      f.machines.il[f.machines.il.kind].macs.extra = 1;
      if (f.cluster.wireguard) f.cluster.wireguard.peers.il.privateKey = "secret";
    }, make());
    expect(value(read(facts))).toEqual(make());
  });

  it.each(fields.map((path) => [path.join("."), path] as const))("cannot do without %s", (name, path) => {
    const evaluation = read(
      changed((facts) => {
        delete path.slice(0, -1).reduce((at, key) => at[key], facts)[path.at(-1)!];
      }, make()),
    );
    expect(evaluation.ok).toBe(false);
    expect(evaluation.messages).toContain(`kluster: ${name} is missing, in the facts ${factsFile()}`);
  });

  it.each(required.map((path) => [path.join("."), path] as const))("want %s of its type", (name, path) => {
    const evaluation = read(
      changed((facts) => {
        path.slice(0, -1).reduce((at, key) => at[key], facts)[path.at(-1)!] = null;
      }, make()),
    );
    expect(evaluation.ok).toBe(false);
    expect(evaluation.messages).toContain(`kluster: ${name} must be a `);
    expect(evaluation.messages).toContain("not a null");
  });
});

describeWithNix("the facts", () => {
  it.each<[string, (facts: any) => void]>([
    ["without IPv6", (f) => delete f.machines.ee.hetzner.ipv6],
    ["without IPv4", (f) => (f.machines.ee.hetzner.ipv4 = false)],
  ])("may have a Hetzner machine %s", (_, change) => {
    const facts = changed(change, hetznerFacts());
    expect(value(read(facts))).toEqual(facts);
  });

  it.each<[string, (facts: any) => void, string]>([
    [
      "a kind that there is no module for",
      (f) => (f.machines.ee.kind = "vmware"),
      'machines.ee.kind is "vmware"; allowed: "virtualbox", "hetzner"',
    ],
    [
      "an unknown role",
      (f) => (f.machines.ee.roles = ["node", "worker"]),
      'machines.ee.roles holds "worker"; allowed: "master", "node"',
    ],
    ["a machine without a role", (f) => (f.machines.ee.roles = []), "machines.ee.roles is empty"],
    [
      "a second master",
      (f) => (f.machines.ee.roles = ["master"]),
      'machines.ee.roles and cluster.master ("il") disagree',
    ],
    [
      "a master without the role",
      (f) => (f.machines.il.roles = ["node"]),
      'machines.il.roles and cluster.master ("il") disagree',
    ],
    [
      "a master that is no host",
      (f) => (f.cluster.master = "fern"),
      'cluster.master is "fern", which is none of the hosts: "ee", "il", "sam"',
    ],
    [
      "a node's address that the hosts don't know",
      (f) => (f.machines.ee.nodeAddress = "192.168.56.99"),
      'machines.ee.nodeAddress is "192.168.56.99", but cluster.hosts says "192.168.56.12"',
    ],
    [
      "a node's address that is not the machine's",
      (f) => (f.machines.ee.address = "192.168.56.99"),
      'machines.ee.nodeAddress is "192.168.56.12", but without cluster.wireguard it is the address, "192.168.56.99"',
    ],
    [
      "a machine that is no host",
      (f) => delete f.cluster.hosts.sam,
      'machines.sam.nodeAddress is "192.168.56.13", but cluster.hosts says nothing of sam',
    ],
    [
      "the machine of a kind without its section",
      (f) => (f.machines.ee.kind = "hetzner"),
      "machines.ee.hetzner is missing",
    ],
    [
      "an access that is no range",
      (f) => (f.cluster.access = ["203.0.113.7"]),
      'cluster.access holds "203.0.113.7", which is not like 203.0.113.0/24 or 2001:db8::/32',
    ],
    [
      "an access with commands in it",
      (f) => (f.cluster.access = ["0.0.0.0/0;reboot/1"]),
      'cluster.access holds "0.0.0.0/0;reboot/1"',
    ],
    [
      "a machine that is no peer",
      (f) => delete withWireGuard(f).cluster.wireguard!.peers.sam,
      "cluster.wireguard.peers says nothing of sam",
    ],
    [
      "a peer that is not what the hosts say",
      (f) => (withWireGuard(f).cluster.wireguard!.peers.sam.address = "10.65.0.99"),
      'cluster.wireguard.peers.sam.address is "10.65.0.99", but cluster.hosts says "10.65.0.13"',
    ],
    [
      "a peer that is not where its machine is",
      (f) => (withWireGuard(f).cluster.wireguard!.peers.sam.endpoint = "192.168.56.99"),
      'machines.sam.address is "192.168.56.13", but cluster.wireguard.peers.sam.endpoint is "192.168.56.99"',
    ],
    [
      "a public key that is none",
      (f) => (withWireGuard(f).cluster.wireguard!.peers.sam.publicKey = "abc="),
      'cluster.wireguard.peers.sam.publicKey is "abc=", which is not 32 bytes in base64',
    ],
    [
      "a Hetzner machine that nobody can reach",
      (f) => {
        Object.assign(f, hetznerFacts());
        f.machines.ee.hetzner = { ...f.machines.ee.hetzner, ipv4: false, ipv6: undefined };
      },
      "machines.ee.hetzner has neither ipv4 nor ipv6",
    ],
    [
      "an IPv6 address without its prefix length",
      (f) => (Object.assign(f, hetznerFacts()).machines.ee.hetzner!.ipv6 = "2001:db8::1"),
      'machines.ee.hetzner.ipv6 is "2001:db8::1", which is not like 2001:db8:1::1/64',
    ],
    ["nobody who may log in", (f) => (f.cluster.authorizedKeys = []), "cluster.authorizedKeys is empty"],
    [
      "a module by a relative path",
      (f) => (f.machines.il.modules = ["my.nix"]),
      'machines.il.modules holds "my.nix", which is not an absolute path',
    ],
    [
      "a module that is not a path",
      (f) => (f.cluster.modules = [1]),
      "cluster.modules must hold strings only",
    ],
  ])("refuse %s", (_, change, message) => {
    const evaluation = read(changed(change));
    expect(evaluation.ok).toBe(false);
    expect(evaluation.messages).toContain(`kluster: ${message}`);
    expect(evaluation.messages).toContain(factsFile());
  });

  it("are not looked for below Nix's working folder", () => {
    const evaluation = nix.evaluate([join(checkout, "nix/default.nix"), "--argstr", "facts", "facts.json"]);
    expect(evaluation.ok).toBe(false);
    expect(evaluation.messages).toContain('the path of the facts must be absolute, not "facts.json"');
  });
});
