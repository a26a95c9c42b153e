import * as fc from "fast-check";
import { accessFault, ACCESS_RULE } from "../../settings/kinds/access";
import { atHetzner, hetzner, load, problemsOf, SERVERS } from "./project";

describe("a network that is to have access", () => {
  it.each([
    "203.0.113.7/32",
    "203.0.113.0/24",
    "198.51.100.1/32",
    "2001:db8:1::/48",
    "2001:db8::1/128",
    "2001:db8:c0de::/47",
    "11.0.0.0/8",
    "0.0.0.0/0",
    "::/0",
  ])("may be %s", (network) => expect(accessFault(network)).toBeUndefined());

  it.each([
    ["203.0.113.7", "an address without a size", "203.0.113.7/32"],
    ["2001:db8::7", "an address without a size", "2001:db8::7/128"],
    ["203.0.113.7/24", "an address within the network instead of its first", "203.0.113.0/24"],
    ["2001:db8:1:2::/48", "an address within the network instead of its first", "2001:db8:1::/48"],
    ["2001:db8:c0df::/47", "an address within the network instead of its first", "2001:db8:c0de::/47"],
    ["2001:DB8::/32", "not how this network is written (RFC 5952)", "2001:db8::/32"],
    ["2001:db8:0:0::/32", "not how this network is written (RFC 5952)", "2001:db8::/32"],
    ["2001:0db8::/32", "not how this network is written (RFC 5952)", "2001:db8::/32"],
  ])("is refused as %s: %s, %s is meant", (network, what, meant) =>
    expect(accessFault(network)).toEqual({ what, meant }),
  );

  it.each([
    "",
    "/",
    "here",
    "203.0.113.7/33",
    "203.0.113.07/32",
    "203.0.113.7/",
    "203.0.113.7/032",
    "203.0.113.7/32/32",
    "203.0.113/24",
    "2001:db8::/129",
    "2001:db8::/-1",
    "2001:db8:::/48",
    "2001:db8::1::/48",
    "fe80::1%eth0/64",
    "[2001:db8::]/48",
    "example.org",
  ])("is none as %p", (network) => expect(accessFault(network)).toEqual({ what: "not a network" }));

  it.each([
    ["10.0.0.0/8", "private"],
    ["10.1.2.3/32", "private"],
    ["172.31.0.0/16", "private"],
    ["192.168.1.0/24", "private"],
    ["100.64.0.1/32", "between a provider and its customers"],
    ["127.0.0.1/32", "loopback"],
    ["169.254.0.0/16", "link-local"],
    ["224.0.0.0/4", "multicast"],
    ["::1/128", "without a meaning outside one machine"],
    ["::ffff:102:304/128", "IPv4 addresses"],
    ["fd00::/8", "private"],
    ["fe80::/64", "link-local"],
    ["ff02::1/128", "multicast"],
  ])("is refused as %s: no packet from the internet comes from there (%s)", (network, reason) =>
    expect(accessFault(network)?.what).toContain(reason),
  );

  it("is right as its example", () => expect(ACCESS_RULE.example.map(accessFault)).toEqual([undefined]));

  const v4 = fc.tuple(fc.ipV4(), fc.nat(32)).map(([address, prefix]) => `${address}/${prefix}`);
  const v6 = fc.tuple(fc.ipV6(), fc.nat(128)).map(([address, prefix]) => `${address}/${prefix}`);

  it("is right once it is written as was meant, whatever was written first", () => {
    fc.assert(
      fc.property(fc.oneof(v4, v6, fc.ipV4(), fc.ipV6(), fc.string()), (written) => {
        const meant = accessFault(written)?.meant;
        // A bare private address, too, means a network of one, which is then refused for what it is.
        if (meant !== undefined) expect(accessFault(meant)?.meant).toBeUndefined();
        if (meant !== undefined && written.includes("/")) expect(accessFault(meant)).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  it("has one way to be written", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }), fc.nat(128), (groups, prefix) => {
        const bits = groups.map((group) => group.toString(2).padStart(16, "0")).join("");
        const first = bits.slice(0, prefix).padEnd(128, "0");
        const written = (all: string) =>
          `${all
            .match(/.{16}/g)!
            .map((group) => parseInt(group, 2).toString(16).padStart(4, "0"))
            .join(":")}/${prefix}`;
        const network = (text: string) => {
          const fault = accessFault(text);
          return fault ? (fault.meant ?? fault.what) : text;
        };
        // Any address of a network, in whatever writing, means that network.
        expect(network(written(bits))).toBe(network(written(first)));
      }),
    );
  });
});

describe("the access to a stack", () => {
  const read = (access: unknown) => hetzner(load({ toml: SERVERS, config: atHetzner({ access }) })).access;

  it("may be a list or the text of one, and keeps its order", () => {
    const access = ["203.0.113.7/32", "2001:db8::/32", "198.51.100.0/24"];
    expect(read(access)).toEqual(access);
    expect(read(JSON.stringify(access))).toEqual(access);
  });

  it("is right with as many networks as a rule of the firewall holds, and no more", () => {
    const networks = (count: number) => Array.from({ length: count }, (_, index) => `198.51.${index}.0/24`);
    expect(read(networks(100))).toHaveLength(100);
    const [problem, ...others] = problemsOf({ toml: SERVERS, config: atHetzner({ access: networks(101) }) });
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      key: "kluster:access",
      what: "101 networks, and a rule of Hetzner's firewall holds 100",
    });
  });

  it("is put right by one command, whatever is wrong in it", () => {
    const problems = problemsOf({
      toml: SERVERS,
      config: atHetzner({ access: ["203.0.113.7", "here", "198.51.100.0/24", "198.51.100.0/24"] }),
    });
    expect(problems.map(({ what }) => what)).toEqual([
      "an address without a size",
      "not a network",
      "it is there twice",
    ]);
    for (const { next } of problems) {
      const [, list] = /pulumi config set --stack dev kluster:access '(.*)'$/.exec(next)!;
      expect(read(list)).toEqual(["203.0.113.7/32", "198.51.100.0/24"]);
    }
  });
});
