import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { formatAddress, parseAddress } from "../../settings/cidr";
import { hostnameFault } from "../../settings/hostname";
import { loadSettings, SettingsError } from "../../settings";
import { STACK_KEYS } from "../../settings/keys";
import { INVENTORY, load, PLAIN_BOX, problemsOf, projectFolder, virtualBox } from "./project";

const CHECKOUT = join(__dirname, "../..");
const SEED = join(CHECKOUT, "test/fixtures/seed/hosts.toml");

function expectFrozen(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  expect(Object.isFrozen(value)).toBe(true);
  Object.values(value).forEach(expectFrozen);
}

describe("the settings", () => {
  it("of the shipped stack are three machines of VirtualBox's first host-only network", () => {
    const settings = loadSettings({ stack: "dev", config: {} }, CHECKOUT, PLAIN_BOX);
    expect(settings).toMatchObject({ stack: "dev", master: "il", modules: [] });
    expect(virtualBox(settings).adapter).toEqual({ kind: "hostonly", address: "192.168.56.1" });
    const host = (name: string, address: string, roles = ["node"]) => ({
      name,
      address,
      nodeAddress: address,
      roles,
      ...{ labels: {}, taints: {}, modules: [] },
    });
    expect(settings.hosts).toEqual([
      host("il", "192.168.56.11", ["master", "node"]),
      host("ee", "192.168.56.12"),
      host("sam", "192.168.56.13"),
    ]);
    const size = { memory: 2048, cpus: 1, disk: 16384 };
    expect(virtualBox(settings).hosts).toEqual({ il: size, ee: size, sam: size });
  });

  it("take the first such cluster's own file as it is, with its 8 GB disks, over a bridge", () => {
    const config = { inventory: SEED, adapter: "bridged", bridge: "eth0", disk: "8192" };
    const settings = loadSettings({ stack: "home", config }, CHECKOUT, PLAIN_BOX);
    expect(settings.network).toBe("192.168.10.0/24");
    const { adapter, hosts } = virtualBox(settings);
    expect(adapter).toEqual({ kind: "bridged", interface: "eth0" });
    expect(
      settings.hosts.map(({ name, address, diskUuid }) => [name, address, hosts[name].disk, diskUuid]),
    ).toEqual([
      ["il", "192.168.10.121", 8192, "01b3bcba-c0ef-4538-8dd2-f7dee2952322"],
      ["ee", "192.168.10.122", 8192, "7278ee48-598d-40fd-9765-a0b0db9ba1d9"],
      ["sam", "192.168.10.123", 8192, "f433b748-e485-4668-a7fd-fc5d92fbd682"],
    ]);
  });

  it("can't be changed by anyone", () => {
    const settings = load();
    expectFrozen(settings);
    expect(() => settings.hosts.push(settings.hosts[0])).toThrow(TypeError);
  });

  it("read the box that they run on where none is given", () => {
    // No box refuses a bridge, so this holds on every one.
    const config = { adapter: "bridged", bridge: "eth0" };
    expect(loadSettings({ stack: "dev", config }, projectFolder({})).network).toBe("192.168.56.0/24");
  });
});

describe("problems", () => {
  it("are told all at once, of both files", () => {
    const toml = `[kluster]\nmaster = "li"\n[hosts.il]\nhost = "192.168.56.1"\ncpus = 0\n`;
    const keys = problemsOf({ toml, config: { memory: "x", pods: "y", colour: "z" } }).map(({ key }) => key);
    expect(keys.sort()).toEqual([
      "hosts.il.cpus",
      "hosts.il.host",
      "kluster.master",
      "kluster:colour",
      "kluster:memory",
      "kluster:pods",
    ]);
  });

  it("read as where, what, what is allowed, and what to do", () => {
    const toml = INVENTORY.replace("56.12", "56.11");
    expect(() => load({ toml, config: { memory: "lots" } })).toThrow(
      new SettingsError([
        {
          file: "Pulumi.dev.yaml",
          key: "kluster:memory",
          value: '"lots"',
          what: "not a whole number",
          allowed: "a whole number from 1024 to 2097152 MB",
          next: "pulumi config set --stack dev kluster:memory 2048",
        },
        {
          file: "hosts.toml",
          key: "hosts.ee.host",
          value: '"192.168.56.11"',
          what: "il has this address too",
          allowed: "an address that no other host has",
          next: "give il or ee another address",
        },
      ]),
    );
    let message = "";
    try {
      load({ toml, config: { memory: "lots" } });
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toBe(
      [
        "2 problems in the settings; nothing was touched.",
        "",
        '1. Pulumi.dev.yaml, kluster:memory = "lots": not a whole number',
        "   Allowed: a whole number from 1024 to 2097152 MB",
        "   Next: pulumi config set --stack dev kluster:memory 2048",
        "",
        '2. hosts.toml, hosts.ee.host = "192.168.56.11": il has this address too',
        "   Allowed: an address that no other host has",
        "   Next: give il or ee another address",
      ].join("\n"),
    );
  });

  it("name the line of a file that is not TOML", () => {
    expect(() => load({ toml: "[kluster]\nmaster = il\n" })).toThrow(
      /^1 problem .*\n\n1\. hosts\.toml, line 2, "master = il": /,
    );
  });

  it("never show the value of a key that nobody knows: it may be a secret", () => {
    const given = {
      config: { hcloudToken: "planted-marker" },
      toml: `${INVENTORY}token = "planted-marker"\n`,
    };
    expect(problemsOf(given)).toHaveLength(2);
    expect(JSON.stringify(problemsOf(given))).not.toContain("planted-marker");
  });

  it("stay on one line and short, whatever the value is", () => {
    const [problem] = problemsOf({ config: { network: "\n\u001b[31m".repeat(100) } });
    expect(problem.value).toMatch(/^"[\x20-\x7e]{1,80}…$/);
  });
});

/** Addresses of 192.168.56.0/24 that a machine may have. */
const FREE = { min: parseAddress("192.168.56.2")!, max: parseAddress("192.168.56.99")! };

const name = fc
  .stringMatching(/^[a-z0-9]([-a-z0-9]{0,10}[a-z0-9])?$/)
  .filter((one) => hostnameFault(one) === undefined);

/** Inventories that are right, and what must be read from them. */
const inventory = fc
  .uniqueArray(name, { minLength: 1, maxLength: 8 })
  .chain((names) =>
    fc.record({
      master: fc.constantFrom(...names),
      hosts: fc.tuple(
        ...names.map((each) =>
          fc.record(
            {
              name: fc.constant(each),
              memory: fc.integer({ min: 1700, max: 65536 }),
              cpus: fc.integer({ min: 1, max: 64 }),
              disk: fc.integer({ min: 6144, max: 100000 }),
              disk_uuid: fc.uuid(),
            },
            { requiredKeys: ["name"] },
          ),
        ),
      ),
      addresses: fc.uniqueArray(fc.integer(FREE), { minLength: names.length, maxLength: names.length }),
    }),
  )
  .filter(({ hosts }) => new Set(hosts.map((each) => each.disk_uuid ?? each.name)).size === hosts.length);

function render({
  master,
  hosts,
  addresses,
}: typeof inventory extends fc.Arbitrary<infer T> ? T : never): string {
  const tables = hosts.map(({ name: each, ...keys }, index) =>
    [
      `[hosts.${each}]`,
      `host = "${formatAddress(addresses[index])}"`,
      ...Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)}`),
    ].join("\n"),
  );
  return `[kluster]\nmaster = "${master}"\n\n${tables.join("\n\n")}\n`;
}

describe("whatever is written", () => {
  const folder = projectFolder({});
  const loadText = (toml: string, config: Record<string, unknown> = {}) => {
    writeFileSync(join(folder, "hosts.toml"), toml);
    return loadSettings({ stack: "dev", config }, folder, PLAIN_BOX);
  };

  it("a right inventory is accepted, complete and frozen", () => {
    fc.assert(
      fc.property(inventory, (written) => {
        const settings = loadText(render(written));
        expectFrozen(settings);
        expect(settings.hosts).toEqual(
          written.hosts.map(({ name: each, disk_uuid }, index) => ({
            name: each,
            address: formatAddress(written.addresses[index]),
            nodeAddress: formatAddress(written.addresses[index]),
            roles: each === written.master ? ["master", "node"] : ["node"],
            ...(disk_uuid === undefined ? {} : { diskUuid: disk_uuid }),
            ...{ labels: {}, taints: {}, modules: [] },
          })),
        );
        expect(virtualBox(settings).hosts).toEqual(
          Object.fromEntries(
            written.hosts.map(({ name: each, memory = 2048, cpus = 1, disk = 16384 }) => [
              each,
              { memory, cpus, disk },
            ]),
          ),
        );
      }),
    );
  });

  /** Settings or a SettingsError that names at least one problem; nothing else. */
  function expectAVerdict(read: () => unknown): void {
    try {
      expectFrozen(read());
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError);
      expect((error as SettingsError).problems).not.toHaveLength(0);
    }
  }

  const shipped = readFileSync(join(CHECKOUT, "hosts.toml"), "utf8");

  it("a spoilt inventory is refused in words, or still right", () => {
    const scrap = fc.oneof(
      fc.string(),
      fc.constantFrom("[", "]", '"', "=", "\n", "[hosts.x]\n", "memory = -1\n", "\u0000"),
    );
    fc.assert(
      fc.property(fc.nat(shipped.length), fc.nat(20), scrap, (at, cut, put) =>
        expectAVerdict(() => loadText(shipped.slice(0, at) + put + shipped.slice(at + cut))),
      ),
      { numRuns: 300 },
    );
  });

  it("any configuration at all is refused in words, or right", () => {
    const text = fc.oneof(
      fc.string(),
      fc.ipV4(),
      fc.tuple(fc.ipV4(), fc.nat(40)).map(([address, prefix]) => `${address}/${prefix}`),
      fc.json(),
      fc.integer().map(String),
    );
    const value = fc.oneof(
      fc.anything(),
      text,
      fc.record({ url: text, sha256: text, minimumNix: fc.anything() }),
    );
    const config = fc.dictionary(fc.oneof(fc.constantFrom(...STACK_KEYS), fc.string()), value, {
      maxKeys: 6,
    });
    fc.assert(
      fc.property(config, (written) => expectAVerdict(() => loadText(shipped, written))),
      { numRuns: 500 },
    );
  });
});
