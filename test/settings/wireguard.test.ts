import * as fc from "fast-check";
import { formatAddress, parseAddress, parseCidr } from "../../settings/cidr";
import { atHetzner, load, problemsOf, type Refusal, refusalsOf, SERVERS } from "./project";

const OUTSIDE = "a network that has no address in common with";
const FLAG_OR_NETWORK = "true, false, or an IPv4 network such as 10.65.0.0/24";
const NETWORK = "an IPv4 network, /8 to /30, such as 10.65.0.0/24";

/** An inventory of one host. */
const one = (address: string) => `[kluster]\nmaster = "il"\n[hosts.il]\nhost = "${address}"\n`;

describe("WireGuard is refused for", () => {
  it.each<Refusal>([
    [
      "a word",
      { config: { wireguard: "yes" } },
      [
        [
          'Pulumi.dev.yaml, kluster:wireguard = "yes"',
          "neither true, false nor a network",
          FLAG_OR_NETWORK,
          "pulumi config set --stack dev kluster:wireguard true",
        ],
      ],
    ],
    [
      "a number",
      { config: { wireguard: 1 } },
      [
        [
          "Pulumi.dev.yaml, kluster:wireguard = 1",
          "neither true, false nor a network",
          FLAG_OR_NETWORK,
          "pulumi config set --stack dev kluster:wireguard true",
        ],
      ],
    ],
    [
      "an address",
      { config: { wireguard: "10.65.0.0" } },
      [
        [
          'Pulumi.dev.yaml, kluster:wireguard = "10.65.0.0"',
          "not an IPv4 network",
          NETWORK,
          "pulumi config set --stack dev kluster:wireguard 10.65.0.0/24",
        ],
      ],
    ],
    [
      "a network named by an address within it",
      { config: { wireguard: "10.65.0.1/24" } },
      [
        [
          'Pulumi.dev.yaml, kluster:wireguard = "10.65.0.1/24"',
          "an address within the network instead of its first",
          NETWORK,
          "pulumi config set --stack dev kluster:wireguard 10.65.0.0/24",
        ],
      ],
    ],
    [
      "a network that overlaps the machines'",
      { toml: SERVERS, config: atHetzner({ wireguard: "10.64.0.0/16" }) },
      [
        [
          'Pulumi.dev.yaml, kluster:wireguard = "10.64.0.0/16"',
          "WireGuard's network overlaps the machines' network 10.64.0.0/24",
          `${OUTSIDE} 172.31.1.1/32, 10.64.0.0/24, 10.244.0.0/16, 10.96.0.0/16`,
          "pulumi config set --stack dev kluster:wireguard 10.65.0.0/24",
        ],
      ],
    ],
    [
      "a default that overlaps the machines', which are harder to move",
      { toml: one("10.65.0.11"), config: atHetzner({ network: "10.65.0.0/24" }) },
      [
        [
          'Pulumi.dev.yaml, kluster:wireguard = "10.65.0.0/24"',
          "WireGuard's network overlaps the machines' network 10.65.0.0/24",
          `${OUTSIDE} 172.31.1.1/32, 10.65.0.0/24, 10.244.0.0/16, 10.96.0.0/16`,
          "pulumi config set --stack dev kluster:wireguard 10.66.0.0/24",
        ],
      ],
    ],
    [
      "pods that overlap its default",
      { toml: SERVERS, config: atHetzner({ pods: "10.64.0.0/15" }) },
      [
        [
          'Pulumi.dev.yaml, kluster:pods = "10.64.0.0/15"',
          "the pods' range overlaps the machines' network 10.64.0.0/24",
          `${OUTSIDE} 172.31.1.1/32, 10.64.0.0/24, 10.65.0.0/24, 10.96.0.0/16`,
          "pulumi config set --stack dev kluster:pods 10.244.0.0/16",
        ],
        [
          'Pulumi.dev.yaml, kluster:pods = "10.64.0.0/15"',
          "the pods' range overlaps WireGuard's network 10.65.0.0/24",
          `${OUTSIDE} 172.31.1.1/32, 10.64.0.0/24, 10.65.0.0/24, 10.96.0.0/16`,
          "pulumi config set --stack dev kluster:pods 10.244.0.0/16",
        ],
      ],
    ],
    [
      "a network without a place for every host",
      { toml: one("10.64.3.7"), config: atHetzner({ network: "10.64.0.0/16", wireguard: "10.65.0.0/24" }) },
      [
        [
          'Pulumi.dev.yaml, kluster:wireguard = "10.65.0.0/24"',
          "il has the address number 775 of the machines' network 10.64.0.0/16, and this network has 254",
          "a network of size /22 or larger: a host's address has the same place in both",
          "pulumi config set --stack dev kluster:wireguard 10.65.0.0/22",
        ],
      ],
    ],
    [
      "a default without a place for every host",
      {
        toml: one("10.9.3.7"),
        config: atHetzner({ network: "10.0.0.0/12", pods: "10.200.0.0/16" }),
      },
      [
        [
          'Pulumi.dev.yaml, kluster:wireguard = "10.65.0.0/16"',
          "il has the address number 590599 of the machines' network 10.0.0.0/12, and the default for WireGuard has 65534",
          "a network of size /12 or larger: a host's address has the same place in both",
          "pulumi config set --stack dev kluster:wireguard 10.64.0.0/12",
        ],
      ],
    ],
    [
      "a place that is missing in a network that is wrong itself: both pieces of advice go together",
      { toml: one("172.31.1.2"), config: atHetzner({ network: "172.16.0.0/12" }) },
      [
        [
          'Pulumi.dev.yaml, kluster:wireguard = "10.65.0.0/16"',
          "il has the address number 983298 of the machines' network 172.16.0.0/12, and the default for WireGuard has 65534",
          "a network of size /12 or larger: a host's address has the same place in both",
          "pulumi config set --stack dev kluster:wireguard 10.64.0.0/12",
        ],
        [
          'Pulumi.dev.yaml, kluster:network = "172.16.0.0/12"',
          "the machines' network overlaps the gateway of every server's public address 172.31.1.1/32",
          `${OUTSIDE} 172.31.1.1/32, 10.65.0.0/16, 10.244.0.0/16, 10.96.0.0/16`,
          "pulumi config set --stack dev kluster:network 172.24.0.0/24",
        ],
      ],
    ],
    [
      "a host so far in its network that no other private network has its place",
      {
        toml: one("10.200.3.7"),
        config: atHetzner({
          network: "10.0.0.0/8",
          wireguard: "192.168.0.0/16",
          pods: "172.20.0.0/16",
          services: "172.21.0.0/16",
        }),
      },
      [
        [
          'Pulumi.dev.yaml, kluster:wireguard = "192.168.0.0/16"',
          "il has the address number 13107975 of the machines' network 10.0.0.0/8, and this network has 65534",
          "a network of size /8 or larger: a host's address has the same place in both",
          "give il an address nearer to the first of 10.0.0.0/8",
        ],
      ],
    ],
    [
      "a port of flannel's",
      { config: { wireguard: true, wireguardPort: 8472 } },
      [
        [
          "Pulumi.dev.yaml, kluster:wireguardPort = 8472",
          "this port belongs to flannel, whose VXLAN carries the pods' packets",
          "a free UDP port, such as 51820",
          "pulumi config set --stack dev kluster:wireguardPort 51820",
        ],
      ],
    ],
    [
      "a port that services get",
      { config: { wireguard: true, wireguardPort: "30000" } },
      [
        [
          'Pulumi.dev.yaml, kluster:wireguardPort = "30000"',
          "this port belongs to services of type NodePort",
          "a free UDP port, such as 51820",
          "pulumi config set --stack dev kluster:wireguardPort 51820",
        ],
      ],
    ],
    [
      "a port that is none",
      { config: { wireguard: true, wireguardPort: 65536 } },
      [
        [
          "Pulumi.dev.yaml, kluster:wireguardPort = 65536",
          "too much",
          "a whole number from 1 to 65535",
          "pulumi config set --stack dev kluster:wireguardPort 51820",
        ],
      ],
    ],
    [
      "a port where it is off",
      { config: { wireguardPort: 51821 } },
      [
        [
          "Pulumi.dev.yaml, kluster:wireguardPort = 51821",
          "it has no meaning without WireGuard",
          "only where kluster:wireguard is true or a network",
          "pulumi config rm --stack dev kluster:wireguardPort (or pulumi config set --stack dev kluster:wireguard true)",
        ],
      ],
    ],
  ])("%s", (_, given, refusals) => expect(refusalsOf(given)).toEqual(refusals));
});

describe("WireGuard", () => {
  it("is off on VirtualBox, where nothing is said", () => {
    const settings = load();
    expect(settings).not.toHaveProperty("wireguard");
    expect(settings.hosts.map(({ nodeAddress }) => nodeAddress)).toEqual(["192.168.56.11", "192.168.56.12"]);
  });

  it("is on at Hetzner, where nothing is said", () => {
    const settings = load({ toml: SERVERS, config: atHetzner() });
    expect(settings.wireguard).toEqual({ cidr: "10.65.0.0/24", port: 51820 });
    expect(settings.hosts.map(({ address, nodeAddress }) => [address, nodeAddress])).toEqual([
      ["10.64.0.11", "10.65.0.11"],
      ["10.64.0.12", "10.65.0.12"],
    ]);
  });

  it.each([true, "true"])("may be on with VirtualBox: %p", (wireguard) => {
    const settings = load({ config: { wireguard, wireguardPort: "443" } });
    expect(settings.wireguard).toEqual({ cidr: "10.65.0.0/24", port: 443 });
    expect(settings.hosts[0]).toMatchObject({ address: "192.168.56.11", nodeAddress: "10.65.0.11" });
  });

  it.each([false, "false"])("may be off at Hetzner: %p", (wireguard) => {
    const settings = load({ toml: SERVERS, config: atHetzner({ wireguard }) });
    expect(settings).not.toHaveProperty("wireguard");
    expect(settings.hosts[0].nodeAddress).toBe("10.64.0.11");
  });

  it("may have a network of one's own", () => {
    const settings = load({ toml: SERVERS, config: atHetzner({ wireguard: "172.22.0.0/20" }) });
    expect(settings.wireguard).toEqual({ cidr: "172.22.0.0/20", port: 51820 });
    expect(settings.hosts[0].nodeAddress).toBe("172.22.0.11");
  });

  it("has by default as large a network as the machines", () => {
    const settings = load({ toml: one("10.64.3.7"), config: atHetzner({ network: "10.64.0.0/20" }) });
    expect(settings.wireguard?.cidr).toBe("10.65.0.0/20");
    expect(settings.hosts[0].nodeAddress).toBe("10.65.3.7");
  });

  it("of a bridged network gives way to that", () => {
    const config = { adapter: "bridged", bridge: "eth0", wireguard: true };
    expect(problemsOf({ toml: one("10.65.0.11"), config })).toEqual([
      expect.objectContaining({ key: "kluster:wireguard", value: '"10.65.0.0/24"' }),
    ]);
  });

  it("gives every host an address of its own, in the place that it has among the machines", () => {
    const place = fc.integer({ min: 2, max: 2 ** 12 - 2 });
    fc.assert(
      fc.property(fc.uniqueArray(place, { minLength: 1, maxLength: 8 }), (places) => {
        const [network, wireguard] = ["10.64.0.0", "172.22.0.0"].map((base) => parseAddress(base)!);
        const tables = places.map(
          (each, index) => `[hosts.h${index}]\nhost = "${formatAddress(network + each)}"\n`,
        );
        const settings = load({
          toml: `[kluster]\nmaster = "h0"\n${tables.join("")}`,
          config: atHetzner({ network: "10.64.0.0/20", wireguard: "172.22.0.0/20" }),
        });
        expect(settings.hosts.map(({ nodeAddress }) => nodeAddress)).toEqual(
          places.map((each) => formatAddress(wireguard + each)),
        );
      }),
      { numRuns: 30 },
    );
  });

  it("accepts a network exactly when every host has a place in it that is no first or last address", () => {
    const config = (prefix: number) =>
      atHetzner({ network: "10.64.0.0/16", wireguard: `172.22.0.0/${prefix}` });
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 30 }), fc.integer({ min: 2, max: 2000 }), (prefix, place) => {
        const toml = one(formatAddress(parseAddress("10.64.0.0")! + place));
        const given = { toml, config: config(prefix) };
        const { base } = parseCidr(`172.22.0.0/${prefix}`)!;
        if (place <= 2 ** (32 - prefix) - 2) {
          expect(load(given).hosts[0].nodeAddress).toBe(formatAddress(base + place));
        } else {
          // The next step that is given is right.
          const [{ next }] = problemsOf(given);
          const [, better] = /kluster:wireguard (.*)$/.exec(next)!;
          expect(() => load({ toml, config: { ...given.config, wireguard: better } })).not.toThrow();
        }
      }),
      { numRuns: 60 },
    );
  });
});
