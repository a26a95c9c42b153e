import { Fence, Passage, rulesOf } from "../../../lab/machine/fences";

const fence = (parts: Partial<Fence> = {}): Fence => ({
  server: 7,
  addresses: ["198.51.100.10", "2001:db8:c0de:1::/64"],
  in: [],
  ...parts,
});

/** The lines of a chain; undefined where there is no such chain. */
const chainOf = (fences: Fence[], name: string) =>
  new RegExp(`chain ${name} \\{\n([^}]*)\n  \\}`)
    .exec(rulesOf(fences).replaceAll(/\{ (.*?) \}/g, "($1)"))?.[1]
    .split("\n")
    .map((line) => line.trim());

test.each<[string, Passage, string[]]>([
  [
    "a port",
    { protocol: "tcp", ports: "22", peers: ["198.51.100.1/32"] },
    ["ip saddr 198.51.100.1/32 tcp dport 22 return"],
  ],
  [
    "a range, from both families",
    { protocol: "udp", ports: "80-90", peers: ["0.0.0.0/0", "::/0"] },
    ["ip saddr 0.0.0.0/0 udp dport 80-90 return", "ip6 saddr ::/0 udp dport 80-90 return"],
  ],
  [
    "a range of one port",
    { protocol: "tcp", ports: "80-80", peers: ["::/0"] },
    ["ip6 saddr ::/0 tcp dport 80 return"],
  ],
  [
    "any port",
    { protocol: "tcp", ports: null, peers: ["10.0.0.0/8"] },
    ["ip saddr 10.0.0.0/8 meta l4proto tcp return"],
  ],
  [
    "ICMP, which has another number in IPv6",
    { protocol: "icmp", ports: null, peers: ["0.0.0.0/0", "::/0"] },
    ["ip saddr 0.0.0.0/0 meta l4proto icmp return", "ip6 saddr ::/0 meta l4proto ipv6-icmp return"],
  ],
  [
    "GRE",
    { protocol: "gre", ports: null, peers: ["0.0.0.0/0"] },
    ["ip saddr 0.0.0.0/0 meta l4proto gre return"],
  ],
])("lets through %s, and drops the rest", (_what, passage, lines) => {
  expect(chainOf([fence({ in: [passage] })], "in7")).toEqual([...lines, "drop"]);
  expect(chainOf([fence({ out: [passage] })], "out7")).toEqual([
    ...lines.map((line) => line.replace("saddr", "daddr")),
    "drop",
  ]);
});

test("without passages, nothing comes in; without fence of what goes out, all of it does", () => {
  expect(chainOf([fence()], "in7")).toEqual(["drop"]);
  expect(chainOf([fence()], "out7")).toBeUndefined();
  expect(rulesOf([fence()])).not.toContain("jump out");
});

test("packets find their server's chain by its addresses, whatever it has of them", () => {
  const other = fence({ server: 8, addresses: ["198.51.100.11"], out: [] });
  const last = (name: string) => chainOf([fence(), other], name)?.filter((line) => line.includes("vmap"));
  expect(last("to_servers")).toEqual([
    "ip daddr vmap (198.51.100.10 : jump in7, 198.51.100.11 : jump in8)",
    "ip6 daddr vmap (2001:db8:c0de:1::/64 : jump in7)",
  ]);
  expect(last("from_servers")).toEqual(["ip saddr vmap (198.51.100.11 : jump out8)"]);
});

test("the table replaces the one before it, also when nobody has a fence", () => {
  expect(rulesOf([])).toMatch(/^\ntable inet (\w+)\ndelete table inet \1\ntable inet \1 \{\n/);
  expect(rulesOf([])).not.toContain("vmap");
});
