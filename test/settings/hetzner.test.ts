import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { loadSettings, SettingsError } from "../../settings";
import { DEFAULTS } from "../../settings/defaults";
import { locationsOf } from "../../settings/kinds/hetzner-rules";
import { STACK_KEYS } from "../../settings/keys";
import {
  atHetzner,
  hetzner,
  load,
  PLAIN_BOX,
  problemsOf,
  projectFolder,
  type Refusal,
  refusalsOf,
  SERVERS,
} from "./project";

const CHECKOUT = join(__dirname, "../..");

const NETWORKS =
  "networks of the internet, IPv4 or IPv6, each by its first address and its size, such as 203.0.113.7/32 (one address) or 2001:db8:1::/48";
const TYPES =
  "names of server types with x86 processors, the most wanted first, such as cx23, cx33, cpx22, cpx32, cpx21, cpx31";
const ZONES = "fsn1, nbg1, hel1 (eu-central); ash (us-east); hil (us-west); sin (ap-southeast)";
const LOCATIONS = `names of locations, the most wanted first: ${ZONES}`;
const ONE_ZONE = "the servers of a cluster share one network, which is in one zone";
const SERVER_NAME =
  "letters, digits and hyphens, and so short that kluster-<stack>-<host> has 63 characters at most (RFC 1123)";
const PRIVATE =
  "an IPv4 network within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, /8 to /24, such as 10.64.0.0/24";
const SET = "pulumi config set --stack dev";

/** A stack at Hetzner with two servers, the second with keys of its own. */
const given = (config: Record<string, unknown>, own = "") => ({
  toml: `${SERVERS}${own}`,
  config: atHetzner(config),
});

/** An inventory of one host. */
const one = (address: string, own = "") =>
  `[kluster]\nmaster = "il"\n[hosts.il]\nhost = "${address}"\n${own}`;

describe("servers of Hetzner's are refused for", () => {
  it.each<Refusal>([
    [
      "nobody with access",
      { toml: SERVERS, config: { provider: "hetzner" }, stack: "hetzner" },
      [
        [
          "Pulumi.hetzner.yaml, kluster:access",
          "missing: nobody could reach the servers, you neither",
          NETWORKS,
          "setup/allow --stack hetzner (adds the address that you have on the internet now)",
        ],
      ],
    ],
    [
      "access for an empty list",
      given({ access: [] }),
      [
        [
          "Pulumi.dev.yaml, kluster:access = []",
          "an empty list",
          NETWORKS,
          `${SET} kluster:access '["203.0.113.7/32"]'`,
        ],
      ],
    ],
    [
      "access that is no list",
      given({ access: "203.0.113.7/32" }),
      [
        [
          'Pulumi.dev.yaml, kluster:access = "203.0.113.7/32"',
          "not a list of texts",
          'a list of texts, such as ["203.0.113.7/32"]',
          `${SET} kluster:access '["203.0.113.7/32"]'`,
        ],
      ],
    ],
    [
      "a private address with access, which alone it would lock out",
      given({ access: ["192.168.1.5/32"] }),
      [
        [
          'Pulumi.dev.yaml, kluster:access = "192.168.1.5/32"',
          "private addresses, which your router replaces by its public one (192.168.0.0/16)",
          NETWORKS,
          `${SET} kluster:access '["203.0.113.7/32"]'`,
        ],
      ],
    ],
    [
      "types with ARM processors among others, in one command",
      given({ serverTypes: ["CX23", "cax11", "?"] }),
      [
        [
          'Pulumi.dev.yaml, kluster:serverTypes = "CX23"',
          "not the name of a server type",
          TYPES,
          `did you mean "cx23"? ${SET} kluster:serverTypes '["cx23"]'`,
        ],
        [
          'Pulumi.dev.yaml, kluster:serverTypes = "cax11"',
          "a type with ARM processors; systems are built for x86 so far",
          TYPES,
          `${SET} kluster:serverTypes '["cx23"]'`,
        ],
        [
          'Pulumi.dev.yaml, kluster:serverTypes = "?"',
          "not the name of a server type",
          TYPES,
          `${SET} kluster:serverTypes '["cx23"]'`,
        ],
      ],
    ],
    [
      "nothing but a type with ARM processors, of one server",
      given({}, 'server_types = ["cax21"]\n'),
      [
        [
          'hosts.toml, hosts.ee.server_types = "cax21"',
          "a type with ARM processors; systems are built for x86 so far",
          TYPES,
          `write server_types = ${JSON.stringify(DEFAULTS.serverTypes)} under [hosts.ee] in hosts.toml`,
        ],
      ],
    ],
    [
      "no types",
      given({ serverTypes: "[]" }),
      [
        [
          'Pulumi.dev.yaml, kluster:serverTypes = "[]"',
          "an empty list",
          TYPES,
          `${SET} kluster:serverTypes '${JSON.stringify(DEFAULTS.serverTypes)}'`,
        ],
      ],
    ],
    [
      "a datacenter in place of its location",
      given({ locations: ["fsn1-dc14", "Nuremberg"] }),
      [
        [
          'Pulumi.dev.yaml, kluster:locations = "fsn1-dc14"',
          "a datacenter of Hetzner's, not a location",
          LOCATIONS,
          `did you mean "fsn1"? ${SET} kluster:locations '["fsn1","nbg1"]'`,
        ],
        [
          'Pulumi.dev.yaml, kluster:locations = "Nuremberg"',
          "there is no such location",
          LOCATIONS,
          `did you mean "nbg1"? ${SET} kluster:locations '["fsn1","nbg1"]'`,
        ],
      ],
    ],
    [
      "a location that is not there",
      given({ locations: ["fsn", "nbg1"] }),
      [
        [
          'Pulumi.dev.yaml, kluster:locations = "fsn"',
          "there is no such location",
          LOCATIONS,
          `did you mean "fsn1"? ${SET} kluster:locations '["fsn1","nbg1"]'`,
        ],
      ],
    ],
    [
      "a location twice",
      given({ locations: ["nbg1", "nbg1"] }),
      [
        [
          'Pulumi.dev.yaml, kluster:locations = "nbg1"',
          "it is there twice",
          LOCATIONS,
          `${SET} kluster:locations '["nbg1"]'`,
        ],
      ],
    ],
    [
      "locations in two zones",
      given({ locations: ["hel1", "ash"] }),
      [
        [
          "Pulumi.dev.yaml, kluster:locations = [ 'hel1', 'ash' ]",
          `ash is in the network zone us-east, and hel1 in eu-central: ${ONE_ZONE}`,
          `locations of one zone: ${ZONES}`,
          `${SET} kluster:locations '["fsn1","nbg1","hel1"]'`,
        ],
      ],
    ],
    [
      "a server in another zone than the others",
      given({ locations: ["sin"] }, 'locations = ["hil"]\n'),
      [
        [
          "hosts.toml, hosts.ee.locations = [ 'hil' ]",
          `hil is in the network zone us-west, and sin in ap-southeast: ${ONE_ZONE}`,
          `locations of one zone: ${ZONES}`,
          'write locations = ["sin"] under [hosts.ee] in hosts.toml',
        ],
      ],
    ],
    [
      "an image that is not Debian's",
      given({ image: "ubuntu-24.04" }),
      [
        [
          'Pulumi.dev.yaml, kluster:image = "ubuntu-24.04"',
          "not an image that NixOS can take over from",
          "the name of a stock image of Debian, such as debian-13",
          `${SET} kluster:image debian-13`,
        ],
      ],
    ],
    [
      "a switch that is none",
      given({ ipv4: "no", protect: 1 }, 'protect = "yes"\n'),
      [
        [
          'Pulumi.dev.yaml, kluster:ipv4 = "no"',
          "neither true nor false",
          "true or false",
          `${SET} kluster:ipv4 true`,
        ],
        [
          "Pulumi.dev.yaml, kluster:protect = 1",
          "neither true nor false",
          "true or false",
          `${SET} kluster:protect true`,
        ],
        [
          'hosts.toml, hosts.ee.protect = "yes"',
          "neither true nor false",
          "true or false",
          "write protect = true under [hosts.ee] in hosts.toml",
        ],
      ],
    ],
    [
      "a switch of the inventory as text",
      given({}, 'protect = "true"\n'),
      [
        [
          'hosts.toml, hosts.ee.protect = "true"',
          "neither true nor false",
          "true or false",
          "write protect = true under [hosts.ee] in hosts.toml",
        ],
      ],
    ],
    [
      "servers that nobody reaches: IPv6 alone, and access over IPv4 alone",
      given({ ipv4: false }, "ipv4 = false\n"),
      [
        [
          "Pulumi.dev.yaml, kluster:ipv4 = false",
          "without a public IPv4 address nobody reaches the server: kluster:access names no IPv6 network",
          "true, or false with an IPv6 network of yours in kluster:access",
          `${SET} kluster:ipv4 true`,
        ],
        [
          "hosts.toml, hosts.ee.ipv4 = false",
          "without a public IPv4 address nobody reaches the server: kluster:access names no IPv6 network",
          "true, or false with an IPv6 network of yours in kluster:access",
          "write ipv4 = true under [hosts.ee] in hosts.toml",
        ],
      ],
    ],
    [
      "the gateway's address",
      { toml: one("10.64.0.1"), config: atHetzner() },
      [
        [
          'hosts.toml, hosts.il.host = "10.64.0.1"',
          "the address of Hetzner's gateway on 10.64.0.0/24",
          "10.64.0.2 to 10.64.0.254",
          'write host = "10.64.0.2" under [hosts.il] in hosts.toml',
        ],
      ],
    ],
    [
      "the network itself, its last address, and one outside",
      {
        toml: `${one("10.64.0.0")}[hosts.ee]\nhost = "10.64.0.255"\n[hosts.sam]\nhost = "192.168.56.13"\n`,
        config: atHetzner(),
      },
      [
        [
          'hosts.toml, hosts.il.host = "10.64.0.0"',
          "the network 10.64.0.0/24 itself",
          "10.64.0.2 to 10.64.0.254",
          'write host = "10.64.0.2" under [hosts.il] in hosts.toml',
        ],
        [
          'hosts.toml, hosts.ee.host = "10.64.0.255"',
          "the broadcast address of 10.64.0.0/24",
          "10.64.0.2 to 10.64.0.254",
          'write host = "10.64.0.3" under [hosts.ee] in hosts.toml',
        ],
        [
          'hosts.toml, hosts.sam.host = "192.168.56.13"',
          "outside the machines' network 10.64.0.0/24",
          "10.64.0.2 to 10.64.0.254",
          'write host = "10.64.0.4" under [hosts.sam] in hosts.toml',
        ],
      ],
    ],
    [
      "an address that is missing",
      { toml: `[kluster]\nmaster = "il"\n[hosts.il]\n`, config: atHetzner() },
      [
        [
          "hosts.toml, hosts.il.host",
          "missing: the machine has no address",
          "an IPv4 address: four numbers from 0 to 255 without leading zeros, such as 10.64.0.11",
          "write the address that this machine shall have",
        ],
      ],
    ],
    [
      "a network smaller than Hetzner's smallest",
      given({ network: "10.64.0.0/25" }),
      [
        [
          'Pulumi.dev.yaml, kluster:network = "10.64.0.0/25"',
          "too small a network: Hetzner Cloud makes none smaller than a /24",
          PRIVATE,
          `${SET} kluster:network 10.64.0.0/24`,
        ],
      ],
    ],
    [
      "a network that is not private",
      { toml: one("100.64.0.11"), config: atHetzner({ network: "100.64.0.0/24" }) },
      [
        [
          'Pulumi.dev.yaml, kluster:network = "100.64.0.0/24"',
          "not private: Hetzner Cloud has no other networks than those of RFC 1918",
          PRIVATE,
          `${SET} kluster:network 10.64.0.0/24`,
        ],
      ],
    ],
    [
      "a network that has the gateway of the servers' public addresses in it",
      { toml: one("172.31.0.11"), config: atHetzner({ network: "172.31.0.0/16" }) },
      [
        [
          'Pulumi.dev.yaml, kluster:network = "172.31.0.0/16"',
          "the machines' network overlaps the gateway of every server's public address 172.31.1.1/32",
          "a network that has no address in common with 172.31.1.1/32, 10.65.0.0/16, 10.244.0.0/16, 10.96.0.0/16",
          `${SET} kluster:network 172.31.0.0/24`,
        ],
      ],
    ],
    [
      "the name of a stack that servers can't have",
      { toml: SERVERS, config: atHetzner(), stack: "my_stack" },
      [
        [
          'Pulumi.my_stack.yaml, "my_stack"',
          "Hetzner Cloud takes no server's name that is made of this stack's name",
          SERVER_NAME,
          "make a stack of another name: pulumi stack init NAME",
        ],
      ],
    ],
    [
      "a host's name that is too long with the stack's",
      { toml: `${SERVERS}[hosts.${"x".repeat(60)}]\nhost = "10.64.0.13"\n`, config: atHetzner() },
      [
        [
          `hosts.toml, hosts.${"x".repeat(60)}`,
          `too long together with the stack's name: the server would be kluster-dev-${"x".repeat(60)}`,
          SERVER_NAME,
          "give the host or the stack a shorter name",
        ],
      ],
    ],
    [
      "keys of VirtualBox's machines",
      given({ memory: 4096, adapter: "hostonly" }, "memory = 4096\n"),
      [
        [
          'Pulumi.dev.yaml, kluster:adapter = "hostonly"',
          "it has no meaning with provider hetzner",
          "only with provider virtualbox",
          "pulumi config rm --stack dev kluster:adapter (or pulumi config set --stack dev kluster:provider virtualbox)",
        ],
        [
          "Pulumi.dev.yaml, kluster:memory = 4096",
          "it has no meaning with provider hetzner",
          "only with provider virtualbox",
          "pulumi config rm --stack dev kluster:memory (or pulumi config set --stack dev kluster:provider virtualbox)",
        ],
        [
          "hosts.toml, hosts.ee.memory = 4096",
          "it has no meaning with provider hetzner",
          "only with provider virtualbox",
          "delete memory under [hosts.ee] in hosts.toml (or pulumi config set --stack dev kluster:provider virtualbox)",
        ],
      ],
    ],
    [
      "keys of its own, where the machines are VirtualBox's",
      { config: { image: "debian-13" }, toml: `${one("192.168.56.11")}server_types = ["cx23"]\n` },
      [
        [
          'Pulumi.dev.yaml, kluster:image = "debian-13"',
          "it has no meaning with provider virtualbox",
          "only with provider hetzner",
          "pulumi config rm --stack dev kluster:image (or pulumi config set --stack dev kluster:provider hetzner)",
        ],
        [
          "hosts.toml, hosts.il.server_types = [ 'cx23' ]",
          "it has no meaning with provider virtualbox",
          "only with provider hetzner",
          "delete server_types under [hosts.il] in hosts.toml (or pulumi config set --stack dev kluster:provider hetzner)",
        ],
      ],
    ],
    [
      "a mistyped key",
      given({ serverType: ["cx23"] }, 'servertypes = ["cx23"]\n'),
      [
        [
          "Pulumi.dev.yaml, kluster:serverType",
          "there is no such key",
          "inventory, provider, access, serverTypes, locations, image, ipv4, protect, network, wireguard, wireguardPort, pods, services, apiPort, certificateDays, podSecurity, allowSchedulingOnMaster, maxUnavailable, reboot, modules, secrets, rotate, rollback, snapshots, nixpkgs",
          'did you mean "serverTypes"? Rename it, or take it out: pulumi config rm --stack dev kluster:serverType',
        ],
        [
          "hosts.toml, hosts.ee.servertypes",
          "there is no such key",
          "host, disk_uuid, labels, taints, server_types, locations, ipv4, protect, modules",
          'did you mean "server_types"? Rename it, or take it out: delete servertypes under [hosts.ee] in hosts.toml',
        ],
      ],
    ],
    [
      "the name of the provider, mistyped, with everything else in order",
      { toml: SERVERS, config: atHetzner({ provider: "hetzer" }) },
      [
        [
          'Pulumi.dev.yaml, kluster:provider = "hetzer"',
          "there is no such choice",
          "virtualbox or hetzner",
          `did you mean "hetzner"? ${SET} kluster:provider hetzner`,
        ],
      ],
    ],
  ])("%s", (_, project, refusals) => expect(refusalsOf(project)).toEqual(refusals));

  it("one server more than a private network holds", () => {
    const hosts = (count: number) =>
      Array.from({ length: count }, (_, index) => `[hosts.h${index}]\nhost = "10.64.0.${index + 2}"\n`).join(
        "",
      );
    const project = (count: number) => ({
      toml: `[kluster]\nmaster = "h0"\n${hosts(count)}`,
      config: atHetzner(),
    });
    expect(load(project(100)).hosts).toHaveLength(100);
    expect(problemsOf(project(101))).toEqual([
      expect.objectContaining({
        key: "hosts.h100.host",
        what: "this is host number 101 of 101, and a private network of Hetzner Cloud holds 100 servers",
      }),
    ]);
  });
});

describe("servers of Hetzner's", () => {
  it("are as shipped, once somebody has access", () => {
    const shipped = readFileSync(join(CHECKOUT, "Pulumi.hetzner.yaml"), "utf8");
    const config = Object.fromEntries(
      [...shipped.matchAll(/^ {2}kluster:(\w+): (\S+)$/gm)].map(([, key, value]) => [key, value]),
    );
    expect(config).toEqual({ provider: "hetzner", inventory: "hosts.hetzner.toml" });
    const raw = (access: object) => ({ stack: "hetzner", config: { ...config, ...access } });
    expect(() => loadSettings(raw({}), CHECKOUT, PLAIN_BOX)).toThrow(/^1 problem .*kluster:access: missing/s);

    const settings = loadSettings(raw({ access: ["203.0.113.7/32"] }), CHECKOUT, PLAIN_BOX);
    expect(settings).toMatchObject({
      master: "il",
      network: "10.64.0.0/24",
      wireguard: { cidr: "10.65.0.0/24", port: 51820 },
    });
    expect(settings.hosts.map(({ name, address, nodeAddress }) => [name, address, nodeAddress])).toEqual([
      ["il", "10.64.0.11", "10.65.0.11"],
      ["ee", "10.64.0.12", "10.65.0.12"],
      ["sam", "10.64.0.13", "10.65.0.13"],
    ]);
    const { hosts, ...rest } = hetzner(settings);
    expect(rest).toEqual({
      kind: "hetzner",
      image: "debian-13",
      access: ["203.0.113.7/32"],
      networkZone: "eu-central",
    });
    const { serverTypes, locations } = DEFAULTS;
    const server = { serverTypes, locations, ipv4: true, protect: false };
    expect(hosts).toEqual({ il: { ...server, protect: true }, ee: server, sam: server });
  });

  it("show in the shipped inventory the defaults that there are", () => {
    const shipped = readFileSync(join(CHECKOUT, "hosts.hetzner.toml"), "utf8");
    const shown = (key: string) =>
      JSON.parse(new RegExp(`^# ${key} = (\\[.*?\\]|\\w+)`, "m").exec(shipped)![1]);
    expect(shown("server_types")).toEqual(DEFAULTS.serverTypes);
    expect(shown("locations")).toEqual(DEFAULTS.locations);
    expect(shown("ipv4")).toBe(DEFAULTS.ipv4);
  });

  it("are what the stack says, and a server what it says itself", () => {
    const project = given(
      {
        access: ["2001:db8::/48"],
        serverTypes: '["cpx21","ccx13"]',
        locations: ["hil"],
        ipv4: "false",
        protect: "true",
        image: "debian-12",
      },
      'server_types = ["cpx31"]\nlocations = ["hil"]\nipv4 = true\nprotect = false\n',
    );
    expect(hetzner(load(project))).toEqual({
      kind: "hetzner",
      image: "debian-12",
      access: ["2001:db8::/48"],
      networkZone: "us-west",
      hosts: {
        il: { serverTypes: ["cpx21", "ccx13"], locations: ["hil"], ipv4: false, protect: true },
        ee: { serverTypes: ["cpx31"], locations: ["hil"], ipv4: true, protect: false },
      },
    });
  });

  it("may all be unprotected, the master too", () => {
    const { hosts } = hetzner(load(given({ protect: false })));
    expect(Object.values(hosts).map(({ protect }) => protect)).toEqual([false, false]);
  });

  it("may all be elsewhere than the stack says", () => {
    const toml = one("10.64.0.11", 'locations = ["ash"]\n');
    expect(hetzner(load({ toml, config: atHetzner() })).networkZone).toBe("us-east");
  });

  it("may be of types that nobody knows yet: which there are, only the API says", () => {
    const { hosts } = hetzner(load(given({ serverTypes: ["cx99", "cpx101"] })));
    expect(hosts.il.serverTypes).toEqual(["cx99", "cpx101"]);
  });

  it("may have networks that VirtualBox's NAT would be in the way of", () => {
    expect(load(given({ services: "10.0.0.0/16" })).kubernetes.services).toBe("10.0.0.0/16");
  });

  it("may be in the locations of one zone, in any order, and of no more", () => {
    const all = ["eu-central", "us-east", "us-west", "ap-southeast"].flatMap((zone) =>
      locationsOf(zone).map((location) => ({ zone, location })),
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 1 }), (chosen) => {
        const project = given({ locations: chosen.map(({ location }) => location) });
        if (new Set(chosen.map(({ zone }) => zone)).size === 1) {
          expect(hetzner(load(project)).networkZone).toBe(chosen[0].zone);
        } else {
          expect(problemsOf(project).map(({ key }) => key)).toEqual(["kluster:locations"]);
        }
      }),
    );
  });

  it("are refused in words, or right, whatever is written", () => {
    const folder = projectFolder({ toml: null });
    const shipped = readFileSync(join(CHECKOUT, "hosts.hetzner.toml"), "utf8");
    const list = fc.array(
      fc.oneof(
        fc.constantFrom("cx23", "cax11", "fsn1", "ash", "203.0.113.7/32", "::/0", ""),
        fc.string(),
        fc.tuple(fc.ipV6(), fc.nat(130)).map(([address, prefix]) => `${address}/${prefix}`),
      ),
    );
    const value = fc.oneof(fc.anything(), list, fc.json(), fc.boolean(), fc.ipV4());
    const config = fc.dictionary(fc.constantFrom(...STACK_KEYS), value, { maxKeys: 8 });
    const own = fc.dictionary(
      fc.constantFrom("server_types", "locations", "ipv4", "protect", "memory", "disk_uuid"),
      fc.oneof(list, fc.boolean(), fc.string(), fc.nat()),
    );
    fc.assert(
      fc.property(config, own, (written, keys) => {
        const lines = Object.entries(keys).map(([key, each]) => `${key} = ${JSON.stringify(each)}\n`);
        writeFileSync(join(folder, "hosts.toml"), `${shipped}${lines.join("")}`);
        const all = { ...atHetzner(), ...written, provider: "hetzner" };
        try {
          expect(loadSettings({ stack: "x", config: all }, folder, PLAIN_BOX).provider.kind).toBe("hetzner");
        } catch (error) {
          expect(error).toBeInstanceOf(SettingsError);
          expect((error as SettingsError).problems).not.toHaveLength(0);
        }
      }),
      { numRuns: 500 },
    );
  });
});
