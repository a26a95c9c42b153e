import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULTS } from "../../settings/defaults";
import { locationsOf, NETWORKS_PER_RULE, PRIVATE_NETWORKS } from "../../settings/kinds/hetzner-rules";
import {
  HOST_KEYS,
  INSTALLER_KEYS,
  INVENTORY_KEYS,
  KLUSTER_KEYS,
  NIXPKGS_KEYS,
  REBOOT,
  STACK_KEYS,
} from "../../settings/keys";
import {
  CPUS,
  DISK,
  HETZNER_NETWORK_PREFIX,
  MASTER_MEMORY,
  MAX_UNAVAILABLE,
  NODE_MEMORY,
  NODE_NETWORK_PREFIX,
  PODS_PREFIX,
  SERVICES_PREFIX,
  TAKEN_PORTS,
  TAKEN_UDP_PORTS,
} from "../../settings/limits";

const guide = readFileSync(join(__dirname, "../../docs/guide/settings.md"), "utf8");

/** Rows of the guide's tables of keys: key, default, meaning. */
const rows = new Map(
  [...guide.matchAll(/^\| `([^`]+)` \| (.*?) \| (.*) \|$/gm)].map(([, key, preset, meaning]) => [
    key,
    { preset, meaning },
  ]),
);

const stackKeys = STACK_KEYS.map((key) => `kluster:${key}`);
const keys = [
  ...KLUSTER_KEYS,
  ...HOST_KEYS,
  ...stackKeys,
  ...NIXPKGS_KEYS.map((key) => `kluster:nixpkgs.${key}`),
  ...INSTALLER_KEYS.map((key) => `kluster:installer.${key}`),
];

describe("the guide to the settings", () => {
  it.each(keys)("has a row for %s", (key) => expect(rows.get(key)?.meaning).toMatch(/\w/));

  it("has rows for no other keys", () => expect([...rows.keys()].sort()).toEqual([...keys].sort()));

  it.each(INVENTORY_KEYS)("names the inventory's table %s", (table) =>
    expect(guide).toMatch(new RegExp(`\`\\[${table}[.\\]]`)),
  );

  it.each(
    STACK_KEYS.filter(
      (key) =>
        key in DEFAULTS && key !== "wireguard" && typeof DEFAULTS[key as keyof typeof DEFAULTS] !== "object",
    ),
  )("gives the default of kluster:%s", (key) =>
    expect(rows.get(`kluster:${key}`)!.preset).toContain(`\`${DEFAULTS[key as keyof typeof DEFAULTS]}\``),
  );

  it.each(["serverTypes", "locations"] as const)("gives the default of kluster:%s", (key) =>
    expect(rows.get(`kluster:${key}`)!.preset).toBe(
      `\`${JSON.stringify(DEFAULTS[key]).replace(/,/g, ", ")}\``,
    ),
  );

  it.each([
    ["kluster:network", "preset", DEFAULTS.hetznerNetwork],
    ["kluster:wireguard", "meaning", DEFAULTS.wireguard],
  ] as const)("gives the default of %s on Hetzner Cloud", (key, column, preset) =>
    expect(rows.get(key)![column]).toContain(`\`${preset}\``),
  );

  it.each(["eu-central", "us-east", "us-west", "ap-southeast"])("gives the locations of %s", (zone) => {
    const names = locationsOf(zone).map((name) => `\`${name}\``);
    expect(names.length).toBeGreaterThan(0);
    expect(rows.get("kluster:locations")!.meaning).toMatch(
      new RegExp(`${names.join(", ")} \\((network zone )?${zone}\\)`),
    );
  });

  it.each([...TAKEN_UDP_PORTS.keys()])("gives UDP port %d as taken", (port) =>
    expect(rows.get("kluster:wireguardPort")!.meaning).toMatch(new RegExp(`\\b${port}\\b`)),
  );

  it("gives the default of minimumNix", () =>
    expect(rows.get("kluster:nixpkgs.minimumNix")!.preset).toBe(`\`"${DEFAULTS.nixpkgs.minimumNix}"\``));

  it.each([
    ["memory", [MASTER_MEMORY.min, NODE_MEMORY.min, NODE_MEMORY.max]],
    ["cpus", [CPUS.min, CPUS.max]],
    ["disk", [DISK.min, DISK.max]],
    ["kluster:network", [`/${NODE_NETWORK_PREFIX.min}`, `/${NODE_NETWORK_PREFIX.max}`]],
    [
      "kluster:network",
      [`/${HETZNER_NETWORK_PREFIX.min}`, `/${HETZNER_NETWORK_PREFIX.max}`, ...PRIVATE_NETWORKS],
    ],
    ["kluster:wireguard", [`/${NODE_NETWORK_PREFIX.min}`, `/${NODE_NETWORK_PREFIX.max}`]],
    ["kluster:access", [NETWORKS_PER_RULE]],
    ["kluster:maxUnavailable", [MAX_UNAVAILABLE.min, MAX_UNAVAILABLE.max]],
    ["kluster:reboot", [...REBOOT]],
    ["kluster:pods", [`/${PODS_PREFIX.min}`, `/${PODS_PREFIX.max}`]],
    ["kluster:services", [`/${SERVICES_PREFIX.min}`, `/${SERVICES_PREFIX.max}`]],
  ])("gives the limits of %s", (key, limits) => {
    for (const limit of limits) expect(rows.get(key)!.meaning).toMatch(new RegExp(`(^|\\W)${limit}(\\W|$)`));
  });

  it.each([...TAKEN_PORTS.keys()])("gives port %d as taken", (port) => {
    const numbers = rows.get("kluster:apiPort")!.meaning.matchAll(/(\d+)(?: to (\d+))?/g);
    const taken = [...numbers].slice(1); // the first is the range of all ports
    expect(taken.some(([, from, to = from]) => port >= Number(from) && port <= Number(to))).toBe(true);
  });
});
