import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Facts, hetznerFacts, shippedFacts, withWireGuard } from "../../nix/facts";
import { checkout, describeWithNix, ScratchNix, value } from "../../nix/nix";
import { DECISIONS, FILES, Flags, OBJECTS, parseFlags, Settings, SETTINGS } from "../../support/cis/checks";
import { settingsOf, UNITS } from "../../support/cis/settings";
import { openAmong, openChecks } from "../../support/cis/open";

const nix = new ScratchNix();
afterAll(() => nix.remove());

/** "1.1.1" to "1.1.21", and so on: how many checks each part of the benchmark has. */
const PARTS: Record<string, number> = {
  ...{ "1.1": 21, "1.2": 29, "1.3": 7, "1.4": 2, "2": 7, "3.1": 3, "3.2": 2, "4.1": 10, "4.2": 13, "4.3": 1 },
  ...{ "5.1": 13, "5.2": 13, "5.3": 2, "5.4": 2, "5.5": 1, "5.7": 4 },
};
const ALL = Object.entries(PARTS).flatMap(([part, length]) =>
  Array.from({ length }, (_, i) => `${part}.${i + 1}`),
);

describe("the checks of the CIS benchmark", () => {
  it("are each made, or named in docs/security.md as decided by somebody else", () => {
    const known = [SETTINGS, FILES, OBJECTS].flatMap((checks) => Object.keys(checks));
    expect([...known, ...DECISIONS].sort()).toEqual([...ALL].sort());
    expect(openAmong([...DECISIONS]).sort()).toEqual([...DECISIONS].sort());
  });

  it("are named there once, and each is one", () => {
    const open = openChecks();
    expect(open.length).toBe(new Set(open).size);
    expect(open.filter((id) => !ALL.includes(id))).toEqual([]);
  });
});

describe("the flags of a command line", () => {
  it.each<[string, Flags]>([
    ["/bin/x --a=1 --b-c=d,e", { a: "1", "b-c": "d,e" }],
    ["/bin/x --list=a,b --on --list=c", { list: "a,b,c", on: "true" }],
  ])("of %s are %j", (line, flags) => expect(parseFlags(line)).toEqual(flags));
});

describeWithNix("the systems of", () => {
  /** What a machine's units say, by the options that NixOS makes them from. */
  async function settings(document: Facts): Promise<Record<string, Settings>> {
    const facts = join(mkdtempSync(join(nix.folder, "facts-")), "facts.json");
    writeFileSync(facts, JSON.stringify(document));
    const expression = `
      let
        document = import ${checkout}/nix/facts.nix "${facts}";
        look = name: machine:
          let
            inherit (import ${checkout}/lab/nixpkgs/nixos/lib/eval-config.nix {
              system = null;
              modules = [ ${checkout}/nix/machine.nix ];
              specialArgs.kluster = { inherit (document) cluster; machine = machine // { inherit name; }; };
            }) config;
            inherit (config.systemd) services;
          in {
            lines = builtins.mapAttrs (_: unit: unit.serviceConfig.ExecStart)
              (builtins.intersectAttrs { ${UNITS.map((unit) => `${unit} = null;`).join(" ")} } services);
            etcd = services.etcd.environment or null;
          };
      in builtins.mapAttrs look document.machines`;
    const seen: Record<string, { lines: Record<string, string>; etcd: Record<string, string> | null }> =
      value(nix.evaluate(["--read-write-mode", "-E", expression]));
    const read = async (path: string) => readFileSync(path, "utf8");
    const understood = Object.entries(seen).map(
      async ([name, { lines, etcd }]): Promise<[string, Settings]> => [
        name,
        await settingsOf(lines, etcd ?? undefined, read),
      ],
    );
    return Object.fromEntries(await Promise.all(understood));
  }

  const inventories: [string, () => Facts][] = [
    ["the shipped inventory", shippedFacts],
    ["VirtualBox machines with WireGuard", () => withWireGuard(shippedFacts())],
    ["Hetzner machines", hetznerFacts],
  ];

  it.each(inventories)("%s pass every check that docs/security.md does not name", async (_, facts) => {
    const machines = Object.values(await settings(facts()));
    expect(machines.filter(({ apiServer, etcd }) => apiServer && etcd)).toHaveLength(1);
    const failing = Object.keys(SETTINGS).filter((id) => !machines.every((on) => SETTINGS[id](on)));
    expect(failing).toEqual(openAmong(Object.keys(SETTINGS)));
  });

  it("the shipped inventory let those without a name ask whether the API is well, and nothing else", async () => {
    expect((await settings(shippedFacts())).il.anonymous).toEqual({
      enabled: true,
      conditions: [{ path: "/livez" }, { path: "/readyz" }, { path: "/healthz" }],
    });
  });

  it("a cluster for the level “privileged” do not pass what bounds pods", async () => {
    const facts = shippedFacts();
    facts.cluster.podSecurity = "privileged";
    const { il } = await settings(facts);
    for (const id of ["5.2.2", "5.2.12"]) expect([id, SETTINGS[id](il)]).toEqual([id, false]);
  });
});
