import * as fc from "fast-check";
import { describeChange, systemChanges } from "../../../provider/nixos/changes";
import { secretChanges } from "../../../provider/nixos/secret-changes";
import { Described, Summary, summarize } from "../../../provider/nixos/summary";

const nothing: Described = {
  ...{ kernel: "/nix/store/k1", kernelVersion: "6.18.1", initrd: "/nix/store/i1", kernelParams: ["quiet"] },
  ...{ kernelModules: [], inhibitors: {}, packages: {}, units: {} },
};
let number = 0;
const of = (described: Partial<Described>): Summary =>
  summarize(`/nix/store/system-${++number}`, { ...nothing, ...described });
const changes = (before: Partial<Described>, after: Partial<Described>) =>
  systemChanges(of(before), of(after));

/** A service that runs all the time, with this text. */
const service = (text: string, wantedBy = ["multi-user.target"]) => ({ text, wantedBy, requiredBy: [] });
const units = (before: Described["units"], after: Described["units"]) => {
  const found = changes({ units: before }, { units: after }).units;
  return Object.fromEntries(Object.entries(found).filter(([, names]) => names.length > 0));
};
/** What happens to a.service when its text changes so. */
const onChange = (before: string, after: string, name = "a.service") =>
  Object.keys(units({ [name]: service(before) }, { [name]: service(after) }))[0] ?? "nothing";

describe("packages", () => {
  test("are told by name and version", () => {
    const before = { packages: { htop: ["3.4.0"], kubernetes: ["1.36.1"], strace: ["6"], curl: ["8"] } };
    const after = {
      packages: { htop: ["3.4.1"], kubernetes: ["1.36.1", "1.36.2"], curl: ["8"], jq: ["1.8"] },
    };
    expect(changes(before, after).packages).toEqual({
      added: ["jq 1.8"],
      removed: ["strace 6"],
      changed: ["htop 3.4.0 → 3.4.1", "kubernetes 1.36.1 → 1.36.1, 1.36.2"],
    });
  });
});

describe("a running unit", () => {
  const [one, two] = ["[Service]\nExecStart=/one\n", "[Service]\nExecStart=/two\n"];

  test.each([
    ["another command", one, two, "restart"],
    ["the same", one, one, "nothing"],
    ["the same in another order of lines", `[Unit]\nAfter=a\n${one}`, `${one}[Unit]\nAfter=a\n`, "nothing"],
    ["another description", `${one}[Unit]\nDescription=a\n`, `${one}[Unit]\nDescription=b\n`, "nothing"],
    ["who wants it", `${one}[Install]\nWantedBy=a\n`, one, "nothing"],
    [
      "another trigger",
      `${one}[Unit]\nX-Restart-Triggers=/a\n`,
      `${one}[Unit]\nX-Restart-Triggers=/b\n`,
      "restart",
    ],
    [
      "another trigger of reloads",
      `${one}[Unit]\nX-Reload-Triggers=/a\n`,
      `${one}[Unit]\nX-Reload-Triggers=/b\n`,
      "reload",
    ],
    ["both", `${one}[Unit]\nX-Reload-Triggers=/a\n`, `${two}[Unit]\nX-Reload-Triggers=/b\n`, "restart"],
    ["one that reloads", `${one}X-ReloadIfChanged=true\n`, `${two}X-ReloadIfChanged=true\n`, "reload"],
    ["one that does not restart", one, `${two}X-RestartIfChanged=false\n`, "keep"],
    ["one that nobody stops by hand", one, `${two}[Unit]\nRefuseManualStop=true\n`, "keep"],
    ["one that is restarted in one step", one, `${two}X-StopIfChanged=false\n`, "restart"],
  ])("with %s", (_, before, after, what) => {
    expect(onChange(before, after)).toBe(what);
  });

  test.each([
    ["a.timer", "restart"],
    ["a.socket", "keep"],
    ["a.path", "keep"],
    ["srv.mount", "restart"],
    ["nix.mount", "reload"],
    ["a.target", "nothing"],
    ["a.slice", "nothing"],
  ])("called %s: %s", (name, what) => {
    expect(onChange("[X]\nA=1", "[X]\nA=2", name)).toBe(what);
  });

  test("that comes is started, and that goes is stopped, unless it says otherwise", () => {
    expect(units({}, { "a.service": service(one) })).toEqual({ start: ["a.service"] });
    expect(units({ "a.service": service(one) }, {})).toEqual({ stop: ["a.service"] });
    expect(units({ "a.service": service(`${one}[Unit]\nX-StopOnRemoval=false\n`) }, {})).toEqual({});
  });
});

describe("a unit that does not run", () => {
  const once = "[Service]\nType=oneshot\nExecStart=/once\n";

  test.each([
    ["as nobody wants it", service("[Service]\nExecStart=/a", [])],
    ["as only an emergency wants it", service("[Service]\nExecStart=/a", ["rescue.target"])],
    ["as it has ended", service(once)],
  ])("%s, is let be", (_, unit) => {
    const changed = { ...unit, text: `${unit.text}\nNice=1\n` };
    expect(units({ "a.service": unit }, { "a.service": changed })).toEqual({});
    expect(units({}, { "a.service": unit })).toEqual({});
    expect(units({ "a.service": unit }, {})).toEqual({});
  });

  test("is started when it runs from now on", () => {
    expect(
      units({ "a.service": service(once) }, { "a.service": service(`${once}RemainAfterExit=true\n`) }),
    ).toEqual({
      start: ["a.service"],
    });
  });

  test("runs where another one wants it", () => {
    const wanting = service("[Unit]\nWants=b.service\n[Service]\nExecStart=/a");
    const b = (text: string) => service(`[Service]\nExecStart=${text}`, []);
    expect(
      units({ "a.service": wanting, "b.service": b("/1") }, { "a.service": wanting, "b.service": b("/2") }),
    ).toEqual({ restart: ["b.service"] });
  });

  test("is a template's, whose instances nobody knows", () => {
    expect(units({ "a@.service": service("[X]\nA=1") }, { "a@.service": service("[X]\nA=2") })).toEqual({});
  });
});

describe("a reboot", () => {
  test.each<[string, Partial<Described>, string[]]>([
    ["nothing", {}, []],
    ["the kernel", { kernel: "/nix/store/k2", kernelVersion: "6.18.2" }, ["kernel 6.18.1 → 6.18.2"]],
    ["how the kernel is built", { kernel: "/nix/store/k2" }, ["another build of the kernel 6.18.1"]],
    ["the initrd", { initrd: "/nix/store/i2" }, ["initrd"]],
    ["modules", { kernelModules: ["/nix/store/zfs"] }, ["kernel modules"]],
    ["parameters", { kernelParams: ["debug"] }, ["kernel parameters +debug -quiet"]],
    ["packages", { packages: { htop: ["3"] } }, []],
  ])("is needed for %s", (_, after, reasons) => {
    expect(changes({}, after).reboot).toEqual(reasons);
  });

  test("is what a refused switch is for", () => {
    expect(changes({ inhibitors: { dbus: "a" } }, { inhibitors: { dbus: "b" } }).refused).toEqual(["dbus"]);
  });
});

describe("secrets", () => {
  const file = (secret: string, rest: object = {}) => ({ secret, path: `/${secret}`, mode: "0400", ...rest });
  const a = {
    secretFiles: [file("a", { restartUnits: ["a.service"] }), file("b")],
    secrets: { a: "1", b: "2", x: "3" },
  };

  test("are told by name: by content, by place, new and gone", () => {
    const b = { secretFiles: [file("a", { mode: "0440" }), file("c")], secrets: { a: "1", c: "4" } };
    expect(secretChanges(a, b)).toEqual({ changed: ["a", "c"], removed: ["b"], restarted: [] });
  });
  test("restart their units when their content changes, and not when they come", () => {
    const b = { ...a, secrets: { ...a.secrets, a: "9", x: "9" } };
    expect(secretChanges(a, b)).toEqual({ changed: ["a"], removed: [], restarted: ["a.service"] });
    expect(secretChanges({}, a)).toEqual({ changed: ["a", "b"], removed: [], restarted: [] });
  });
  test("that are the same are none", () => {
    expect(secretChanges(a, structuredClone(a))).toEqual({ changed: [], removed: [], restarted: [] });
  });
});

const described: fc.Arbitrary<Described> = fc.record({
  kernel: fc.constantFrom("/k1", "/k2"),
  kernelVersion: fc.constantFrom("1", "2"),
  initrd: fc.constantFrom("/i1", "/i2"),
  kernelParams: fc.subarray(["quiet", "debug", "panic=1"]),
  kernelModules: fc.subarray(["/zfs", "/wg"]),
  inhibitors: fc.dictionary(fc.constantFrom("dbus", "x"), fc.constantFrom("a", "b")),
  packages: fc.dictionary(fc.constantFrom("htop", "jq", "curl"), fc.subarray(["1", "2"], { minLength: 1 })),
  units: fc.dictionary(
    fc.constantFrom("a.service", "b.service", "c.timer", "d.socket", "e.target", "f@.service"),
    fc.record({
      text: fc
        .array(
          fc.constantFrom(
            "[Unit]",
            "[Service]",
            "Type=oneshot",
            "X-RestartIfChanged=false",
            "A=1",
            "A=2",
            "Wants=b.service",
          ),
        )
        .map((lines) => lines.join("\n")),
      wantedBy: fc.subarray(["multi-user.target", "rescue.target"]),
      requiredBy: fc.constant([]),
    }),
  ),
});

describe("any change", () => {
  test("of nothing is none", () => {
    fc.assert(
      fc.property(described, (system) => {
        const { packages, units, reboot, refused } = changes(system, structuredClone(system));
        expect([Object.values(packages), Object.values(units), reboot, refused].flat(3)).toEqual([]);
      }),
    );
  });

  test("backwards starts what it stopped, and removes what it added", () => {
    fc.assert(
      fc.property(described, described, (one, two) => {
        const [there, back] = [changes(one, two), changes(two, one)];
        expect(back.packages.added).toEqual(there.packages.removed);
        expect(back.packages.changed.length).toBe(there.packages.changed.length);
        for (const name of there.units.stop) expect(back.units.start).toContain(name);
        expect(back.reboot.length).toBe(there.reboot.length);
        expect(back.refused).toEqual(there.refused);
      }),
    );
  });

  test("does one thing to a unit, and none to what does not run on either side", () => {
    fc.assert(
      fc.property(described, described, (one, two) => {
        const [before, after] = [of(one), of(two)];
        const all = Object.values(systemChanges(before, after).units).flat();
        expect(new Set(all).size).toBe(all.length);
        for (const name of all) expect(before.units[name]?.runs || after.units[name]?.runs).toBe(true);
      }),
    );
  });
});

describe("the table", () => {
  const secrets = { changed: [], removed: [] };
  const before = "/nix/store/a-nixos";
  const after = "/nix/store/b-nixos";
  const base = { machine: "ee", before, after, secrets, restartedBySecrets: [] };

  test("of a new system", () => {
    const summaries = {
      before: of({
        packages: { htop: ["3.4.0"] },
        units: { "a.service": service("[Service]\nExecStart=/1") },
      }),
      after: of({
        packages: { htop: ["3.4.1"], jq: ["1.8"] },
        units: {
          "a.service": service("[Service]\nExecStart=/2"),
          "b.service": service("[Service]\nExecStart=/1"),
        },
        ...{ kernel: "/nix/store/k2", kernelVersion: "6.18.2", inhibitors: { dbus: "broker" } },
      }),
    };
    const given = {
      ...base,
      summaries,
      secrets: { changed: ["wifi"], removed: ["old"] },
      restartedBySecrets: ["a.service", "c.service"],
    };
    expect(describeChange(given)).toBe(
      `ee: /nix/store/a-nixos → /nix/store/b-nixos
  packages  htop 3.4.0 → 3.4.1; new: jq 1.8
  units     restart a.service; start b.service
  reboot    needed: kernel 6.18.1 → 6.18.2
  switch    refused by the running system, as these change: dbus
  secrets   wifi; gone: old; for them restart c.service`,
    );
  });

  test("of a system in which nothing is told apart", () => {
    expect(describeChange({ ...base, summaries: { before: of({}), after: of({}) } })).toBe(
      `ee: /nix/store/a-nixos → /nix/store/b-nixos
  packages  the same
  units     the same
  reboot    not needed`,
    );
  });

  test("of one whose contents nobody has kept", () => {
    expect(describeChange({ ...base, summaries: { after: of({}) } })).toBe(
      `ee: /nix/store/a-nixos → /nix/store/b-nixos
  contents  not known of the system before; from the next change on they are`,
    );
  });

  test("of secrets alone, and of what is not known yet", () => {
    expect(
      describeChange({ ...base, after: before, secrets: { changed: ["wifi"], removed: [] }, summaries: {} }),
    ).toBe(
      `ee: the system stays /nix/store/a-nixos
  secrets  wifi`,
    );
    expect(describeChange({ ...base, after: undefined, secrets: undefined, summaries: {} })).toBe(
      `ee: /nix/store/a-nixos → a system that is known as soon as it can be evaluated
  secrets  known during the run`,
    );
  });

  describe("with what it costs in service", () => {
    const cluster = { isMaster: false, machines: 3, reboots: false, atOnce: [] };
    const changed = (name: string, more: Partial<Described> = {}) => ({
      before: of({ units: { [name]: service("[Service]\nExecStart=/1") } }),
      after: of({ units: { [name]: service("[Service]\nExecStart=/2") }, ...more }),
    });
    const rows = (given: Parameters<typeof describeChange>[0]) => describeChange(given).split("\n").slice(1);
    const kernel = { kernel: "/nix/store/k2" };

    test.each<[string, ReturnType<typeof changed>, Partial<typeof cluster>, string[]]>([
      ["a service of the user's", changed("a.service"), {}, []],
      ["the kubelet alone", changed("kubelet.service"), {}, []],
      [
        "what pods run on",
        changed("containerd.service"),
        {},
        ["  pods      move to other nodes first: containerd.service restarts"],
      ],
      [
        "what pods run on, where there is one machine",
        changed("containerd.service"),
        { machines: 1 },
        ["  pods      are disturbed, as there is no other node: containerd.service restarts"],
      ],
      [
        "the API",
        changed("kube-apiserver.service"),
        { isMaster: true },
        ["  API       away for a while: kube-apiserver.service restarts"],
      ],
      [
        "a reboot of the master",
        changed("a.service", kernel),
        { isMaster: true, reboots: true },
        [
          "  pods      move to other nodes first: it reboots",
          "  API       away for a while: the master reboots",
        ],
      ],
      [
        "what nodes hear each other by",
        changed("wireguard-wg0.service"),
        { atOnce: ["wireguard-wg0.service is another"] as never[] },
        ["  order     all machines at once, none drained: wireguard-wg0.service is another"],
      ],
    ])("%s", (_, summaries, about, expected) => {
      const told = rows({ ...base, summaries, cluster: { ...cluster, ...about } });
      expect(told.filter((row) => !/^ {2}(packages|units|reboot) /.test(row))).toEqual(expected);
    });

    test("the API, where a secret alone makes it restart", () => {
      const restarted = {
        ...base,
        summaries: {},
        restartedBySecrets: ["kube-apiserver.service", "kubelet.service"],
      };
      expect(rows({ ...restarted, cluster: { ...cluster, isMaster: true } }).at(-1)).toBe(
        "  API       away for a while: kube-apiserver.service restarts",
      );
    });

    test("a reboot, and who does it", () => {
      const summaries = { before: of({}), after: of(kernel) };
      const whose = (reboots: boolean) => rows({ ...base, summaries, cluster: { ...cluster, reboots } })[2];
      expect(whose(false)).toMatch(/needed: .*; left to you \(kluster:reboot is never\)$/);
      expect(whose(true)).toMatch(/needed: .*; done by this run$/);
    });

    test("what nobody knows", () => {
      expect(rows({ ...base, summaries: { after: of({}) }, cluster })[1]).toBe(
        "  pods      move to other nodes first: what restarts is not known",
      );
    });
  });

  test("tells of many by number", () => {
    const packages = Object.fromEntries([...Array(30).keys()].map((i) => [`p${10 + i}`, ["1"]]));
    const text = describeChange({ ...base, summaries: { before: of({}), after: of({ packages }) } });
    expect(text).toContain("p21 1, and 18 more\n");
  });
});
