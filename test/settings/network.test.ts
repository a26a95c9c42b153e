import { INVENTORY, load, type Refusal, refusalsOf, virtualBox } from "./project";
const INTERFACE =
  "the name of the interface of this box that the machines share, such as eth0 (VBoxManage list bridgedifs)";

/** An inventory of one host. */
const host = (extra: string, name = "il") =>
  `[kluster]\nmaster = "${name}"\n[hosts.${name}]\nhost = "192.168.56.11"\n${extra}`;
/** The same with a second host. */
const ee = (address: string, extra = "") => `${host("")}[hosts.ee]\nhost = "${address}"\n${extra}`;

describe("an address is refused that is", () => {
  it.each<Refusal>([
    [
      "two hosts with one address",
      { toml: ee("192.168.56.11") },
      [
        [
          'hosts.toml, hosts.ee.host = "192.168.56.11"',
          "il has this address too",
          "an address that no other host has",
          "give il or ee another address",
        ],
      ],
    ],
    [
      "an address outside the network",
      { toml: ee("192.168.57.12") },
      [
        [
          'hosts.toml, hosts.ee.host = "192.168.57.12"',
          "outside the machines' network 192.168.56.0/24",
          "192.168.56.2 to 192.168.56.99",
          'write host = "192.168.56.2" under [hosts.ee] in hosts.toml',
        ],
      ],
    ],
    [
      "an address of the operator's own network",
      { toml: INVENTORY.replaceAll("192.168.56.", "192.168.1.").replace(/\n\[hosts\.ee\][^]*/, "") },
      [
        [
          'hosts.toml, hosts.il.host = "192.168.1.11"',
          "outside the machines' network 192.168.56.0/24",
          "192.168.56.2 to 192.168.56.99",
          'write host = "192.168.56.2" under [hosts.il] in hosts.toml; if that is an address of your own network: pulumi config set --stack dev kluster:adapter bridged (and kluster:bridge to the interface of this box)',
        ],
      ],
    ],
    [
      "the network itself",
      { toml: ee("192.168.56.0") },
      [
        [
          'hosts.toml, hosts.ee.host = "192.168.56.0"',
          "the network 192.168.56.0/24 itself",
          "192.168.56.2 to 192.168.56.99",
          'write host = "192.168.56.2" under [hosts.ee] in hosts.toml',
        ],
      ],
    ],
    [
      "the broadcast address",
      { toml: ee("192.168.56.255") },
      [
        [
          'hosts.toml, hosts.ee.host = "192.168.56.255"',
          "the broadcast address of 192.168.56.0/24",
          "192.168.56.2 to 192.168.56.99",
          'write host = "192.168.56.2" under [hosts.ee] in hosts.toml',
        ],
      ],
    ],
    [
      "the operator's own address",
      { toml: ee("192.168.56.1") },
      [
        [
          'hosts.toml, hosts.ee.host = "192.168.56.1"',
          "this box's own address on 192.168.56.0/24",
          "192.168.56.2 to 192.168.56.99",
          'write host = "192.168.56.2" under [hosts.ee] in hosts.toml',
        ],
      ],
    ],
    [
      "the DHCP server's address",
      { toml: ee("192.168.56.100") },
      [
        [
          'hosts.toml, hosts.ee.host = "192.168.56.100"',
          "among the addresses of VirtualBox's DHCP server, 192.168.56.100 to 192.168.56.254",
          "192.168.56.2 to 192.168.56.99",
          'write host = "192.168.56.2" under [hosts.ee] in hosts.toml',
        ],
      ],
    ],
    [
      "the first lease of the DHCP server",
      { toml: ee("192.168.56.101") },
      [
        [
          'hosts.toml, hosts.ee.host = "192.168.56.101"',
          "among the addresses of VirtualBox's DHCP server, 192.168.56.100 to 192.168.56.254",
          "192.168.56.2 to 192.168.56.99",
          'write host = "192.168.56.2" under [hosts.ee] in hosts.toml',
        ],
      ],
    ],
    [
      "the last lease of the DHCP server",
      { toml: ee("192.168.56.254") },
      [
        [
          'hosts.toml, hosts.ee.host = "192.168.56.254"',
          "among the addresses of VirtualBox's DHCP server, 192.168.56.100 to 192.168.56.254",
          "192.168.56.2 to 192.168.56.99",
          'write host = "192.168.56.2" under [hosts.ee] in hosts.toml',
        ],
      ],
    ],
    [
      "an address outside the bridged network, which is the master's /24",
      { config: { adapter: "bridged", bridge: "eth0" }, toml: ee("192.168.57.12") },
      [
        [
          'hosts.toml, hosts.ee.host = "192.168.57.12"',
          "outside the machines' network 192.168.56.0/24",
          "192.168.56.1 to 192.168.56.254",
          "write an address of that network that nothing else in it has",
        ],
      ],
    ],
    [
      "the broadcast address of a bridged network",
      { config: { adapter: "bridged", bridge: "eth0" }, toml: ee("192.168.56.255") },
      [
        [
          'hosts.toml, hosts.ee.host = "192.168.56.255"',
          "the broadcast address of 192.168.56.0/24",
          "192.168.56.1 to 192.168.56.254",
          "write an address of that network that nothing else in it has",
        ],
      ],
    ],
    [
      "a network with room for nobody but the operator",
      { config: { network: "192.168.56.128/25" } },
      [
        [
          'Pulumi.dev.yaml, kluster:network = "192.168.56.128/25"',
          "this box and VirtualBox's DHCP server leave no address for a machine",
          "a network with room for 2 machines, such as 192.168.56.0/24",
          "pulumi config set --stack dev kluster:network 192.168.56.0/24",
        ],
      ],
    ],
  ])("%s", (_, given, refusals) => expect(refusalsOf(given)).toEqual(refusals));
});

describe("a network is refused for", () => {
  it.each<Refusal>([
    [
      "a host-only network that VirtualBox refuses",
      { config: { network: "192.168.10.0/24" }, toml: host("").replace("56.11", "10.11") },
      [
        [
          'Pulumi.dev.yaml, kluster:network = "192.168.10.0/24"',
          "VirtualBox on this box would refuse this host-only network (E_ACCESSDENIED)",
          "a network within 192.168.56.0/21",
          "take such a network, or let root write this line into /etc/vbox/networks.conf: * 192.168.56.0/21 192.168.10.0/24",
        ],
      ],
    ],
    [
      "one that networks.conf does not permit",
      { config: {}, box: { platform: "linux", networksConf: "* 10.0.0.0/8\n" } },
      [
        [
          'Pulumi.dev.yaml, kluster:network = "192.168.56.0/24"',
          "VirtualBox on this box would refuse this host-only network (E_ACCESSDENIED)",
          "a network within 10.0.0.0/8",
          "take such a network, or let root write this line into /etc/vbox/networks.conf: * 192.168.56.0/24",
        ],
      ],
    ],
    [
      "any, where networks.conf permits none",
      { config: {}, box: { platform: "linux", networksConf: "# nothing\n" } },
      [
        [
          'Pulumi.dev.yaml, kluster:network = "192.168.56.0/24"',
          "VirtualBox on this box would refuse this host-only network (E_ACCESSDENIED)",
          "none at all: /etc/vbox/networks.conf is there and permits no IPv4 network",
          "let root write this line into /etc/vbox/networks.conf: * 192.168.56.0/24",
        ],
      ],
    ],
    [
      "a network larger than VirtualBox permits",
      { config: { network: "192.168.48.0/20" } },
      [
        [
          'Pulumi.dev.yaml, kluster:network = "192.168.48.0/20"',
          "VirtualBox on this box would refuse this host-only network (E_ACCESSDENIED)",
          "a network within 192.168.56.0/21",
          "take such a network, or let root write this line into /etc/vbox/networks.conf: * 192.168.56.0/21 192.168.48.0/20",
        ],
      ],
    ],
    [
      "bridged without bridge",
      { config: { adapter: "bridged" } },
      [
        [
          "Pulumi.dev.yaml, kluster:bridge",
          "missing: a bridged adapter needs an interface of this box",
          INTERFACE,
          "pulumi config set --stack dev kluster:bridge INTERFACE",
        ],
      ],
    ],
    [
      "bridge without bridged",
      { config: { bridge: "eth0" } },
      [
        [
          'Pulumi.dev.yaml, kluster:bridge = "eth0"',
          "it has no meaning with adapter hostonly",
          "only with adapter bridged",
          "pulumi config rm --stack dev kluster:bridge (or pulumi config set --stack dev kluster:adapter bridged)",
        ],
      ],
    ],
    [
      "a bridge that VBoxManage would take for an option",
      { config: { adapter: "bridged", bridge: "--help" } },
      [
        [
          'Pulumi.dev.yaml, kluster:bridge = "--help"',
          "not the name of an interface",
          INTERFACE,
          "correct the value",
        ],
      ],
    ],
    [
      "an empty bridge",
      { config: { adapter: "bridged", bridge: "" } },
      [
        [
          'Pulumi.dev.yaml, kluster:bridge = ""',
          "empty",
          INTERFACE,
          "pulumi config set --stack dev kluster:bridge eth0",
        ],
      ],
    ],
    [
      "an unknown adapter",
      { config: { adapter: "host-only" } },
      [
        [
          'Pulumi.dev.yaml, kluster:adapter = "host-only"',
          "there is no such choice",
          "hostonly or bridged",
          'did you mean "hostonly"? pulumi config set --stack dev kluster:adapter hostonly',
        ],
      ],
    ],
    [
      "an adapter like no other",
      { config: { adapter: "nat" } },
      [
        [
          'Pulumi.dev.yaml, kluster:adapter = "nat"',
          "there is no such choice",
          "hostonly or bridged",
          "pulumi config set --stack dev kluster:adapter hostonly",
        ],
      ],
    ],
    [
      "a network that is none",
      { config: { network: "192.168.56.0" } },
      [
        [
          'Pulumi.dev.yaml, kluster:network = "192.168.56.0"',
          "not an IPv4 network",
          "an IPv4 network, /8 to /30, such as 192.168.56.0/24",
          "pulumi config set --stack dev kluster:network 192.168.56.0/24",
        ],
      ],
    ],
    [
      "a network named by an address within it",
      { config: { network: "192.168.56.1/24" } },
      [
        [
          'Pulumi.dev.yaml, kluster:network = "192.168.56.1/24"',
          "an address within the network instead of its first",
          "an IPv4 network, /8 to /30, such as 192.168.56.0/24",
          "pulumi config set --stack dev kluster:network 192.168.56.0/24",
        ],
      ],
    ],
    [
      "a network that is too large",
      { config: { network: "0.0.0.0/0" } },
      [
        [
          'Pulumi.dev.yaml, kluster:network = "0.0.0.0/0"',
          "too large a network: no private network is that large",
          "an IPv4 network, /8 to /30, such as 192.168.56.0/24",
          "pulumi config set --stack dev kluster:network 192.168.56.0/24",
        ],
      ],
    ],
    [
      "a network that is too small",
      { config: { network: "192.168.56.10/31" } },
      [
        [
          'Pulumi.dev.yaml, kluster:network = "192.168.56.10/31"',
          "too small a network: it has no two addresses for machines",
          "an IPv4 network, /8 to /30, such as 192.168.56.0/24",
          "pulumi config set --stack dev kluster:network 192.168.56.0/24",
        ],
      ],
    ],
    [
      "a network of loopback addresses",
      {
        config: { network: "127.1.0.0/16", adapter: "bridged", bridge: "lo" },
        toml: host("").replace("192.168.56.11", "127.1.0.2"),
      },
      [
        [
          'Pulumi.dev.yaml, kluster:network = "127.1.0.0/16"',
          "it holds loopback addresses (127.0.0.0/8)",
          "an IPv4 network, /8 to /30, such as 192.168.56.0/24",
          "pulumi config set --stack dev kluster:network 192.168.56.0/24",
        ],
      ],
    ],
    [
      "a bridged network that is VirtualBox's NAT network",
      { config: { adapter: "bridged", bridge: "eth0" }, toml: host("").replace("192.168.56", "10.0.2") },
      [
        [
          'Pulumi.dev.yaml, kluster:network = "10.0.2.0/24"',
          "the machines' network overlaps VirtualBox's NAT network of every machine 10.0.2.0/24",
          "a network that has no address in common with 10.0.2.0/24, 10.244.0.0/16, 10.96.0.0/16",
          "bridge the machines into another network and give them addresses of it, or take host-only ones: kluster:adapter hostonly, without kluster:bridge and kluster:network",
        ],
      ],
    ],
  ])("%s", (_, given, refusals) => expect(refusalsOf(given)).toEqual(refusals));
});

describe("the machines' network", () => {
  it("is VirtualBox's first host-only network, where nothing is said", () => {
    const settings = load();
    expect(settings.network).toBe("192.168.56.0/24");
    expect(virtualBox(settings).adapter).toEqual({ kind: "hostonly", address: "192.168.56.1" });
  });

  it("may be any that VirtualBox permits, with the operator at its first address", () => {
    const toml = host("").replace("56.11", "58.11");
    const settings = load({ toml, config: { network: "192.168.58.0/23" } });
    expect(settings.network).toBe("192.168.58.0/23");
    expect(virtualBox(settings).adapter).toEqual({ kind: "hostonly", address: "192.168.58.1" });
  });

  it("may be one that networks.conf permits", () => {
    const given = { toml: host("").replace("192.168.56.11", "10.7.0.2"), config: { network: "10.7.0.0/24" } };
    const box = { platform: "linux" as const, networksConf: "# ours\n* 192.168.56.0/21 10.7.0.0/16\n" };
    expect(load({ ...given, box }).network).toBe("10.7.0.0/24");
  });

  it.each<NodeJS.Platform>(["darwin", "win32"])(
    "may be any on %s, where VirtualBox refuses none",
    (platform) => {
      const given = {
        toml: host("").replace("192.168.56.11", "10.7.0.2"),
        config: { network: "10.7.0.0/24" },
      };
      expect(load({ ...given, box: { platform } }).network).toBe("10.7.0.0/24");
    },
  );

  it("has room above VirtualBox's DHCP range where it is larger than a /24", () => {
    const toml = ee("192.168.57.200");
    expect(load({ toml, config: { network: "192.168.56.0/23" } }).hosts[1].address).toBe("192.168.57.200");
  });

  it("is, behind a bridge, the /24 of the master", () => {
    const settings = load({ config: { adapter: "bridged", bridge: "en0: Wi-Fi" } });
    expect(settings.network).toBe("192.168.56.0/24");
    expect(virtualBox(settings).adapter).toEqual({ kind: "bridged", interface: "en0: Wi-Fi" });
  });

  it("is, behind a bridge, the one that is set, with no DHCP range of VirtualBox's in it", () => {
    const toml = ee("192.168.56.101");
    const config = { adapter: "bridged", bridge: "eth0", network: "192.168.0.0/16" };
    expect(load({ toml, config }).network).toBe("192.168.0.0/16");
  });
});

test("the suggested addresses are free ones, another for each host", () => {
  const hosts = ["a", "b", "c"].map((name) => `[hosts.${name}]\nhost = "192.168.56.1"\n`).join("");
  const toml = `[kluster]\nmaster = "il"\n[hosts.il]\nhost = "192.168.56.2"\n${hosts}`;
  const suggested = refusalsOf({ toml }).flatMap(([, , , next]) => next.match(/host = "(.*?)"/)?.[1] ?? []);
  expect(suggested).toEqual(["192.168.56.3", "192.168.56.4", "192.168.56.5"]);
});
