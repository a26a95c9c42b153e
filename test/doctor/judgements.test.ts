import { judgementOf } from "../../doctor/check";
import { judgeClock } from "../../doctor/box/clock";
import { judgeSpace } from "../../doctor/box/disk-space";
import { readKvm } from "../../doctor/box/kvm";
import { judgePulumi } from "../../doctor/box/pulumi";
import { judgeCertificates } from "../../doctor/cluster/certificates";
import { judgeDisk } from "../../doctor/cluster/disk";
import { judgeEtcd } from "../../doctor/cluster/etcd";
import { judgeSystems } from "../../doctor/cluster/systems";
import { judgeAccess } from "../../doctor/hetzner/access";
import { exitCode, render } from "../../doctor/render";
import { kvmObstacle } from "../../provider/virtualbox/kvm";
import { parseVersion } from "../../provider/virtualbox/version";

const NOW = new Date("2026-11-28T08:00:00Z");
const inDays = (days: number) => new Date(NOW.getTime() + days * 86_400_000 + 1000);
const GB = 1e9;

test.each([
  ["Nix 2.8 is too old. Upgrade Nix, or pin another.", "Nix 2.8 is too old.", "Upgrade Nix, or pin another."],
  [
    "VBoxManage --version: not found\nInstall VirtualBox 7.x.",
    "VBoxManage --version: not found",
    "Install VirtualBox 7.x.",
  ],
  ["it broke", "it broke", "Put that right, and run this again."],
])("an error's own next step is the remedy: %s", (message, finding, remedy) =>
  expect(judgementOf(new Error(message))).toEqual({ state: "problem", finding, remedy }),
);

describe("KVM and VirtualBox", () => {
  const modules = (users: number) =>
    `kvm_intel 400000 ${users} - Live 0x0\nkvm 1100000 1 kvm_intel, Live 0x0\n`;

  test.each([
    ["", undefined, { loaded: false, used: false }],
    [modules(0), "Y\n", { loaded: true, used: false, atLoad: true }],
    [modules(3), "N\n", { loaded: true, used: true, atLoad: false }],
    ["kvm_amd 200000 0 - Live 0x0\n", undefined, { loaded: true, used: false }],
  ])("the state is read from the kernel: %j", (text, atLoad, state) =>
    expect(readKvm(text, atLoad)).toEqual(state),
  );

  test.each([
    ["7.2.8", "", undefined, undefined],
    ["7.2.8", modules(0), "Y", /has held the processor/],
    ["7.2.8", modules(0), "N", undefined],
    ["7.2.8", modules(0), undefined, undefined],
    ["7.2.10", modules(0), "Y", undefined],
    ["7.2.10", modules(0), "N", /enable_virt_at_load is 0/],
    ["7.2.10", modules(1), "Y", /machines of QEMU/],
  ])("with VirtualBox %s, %j and enable_virt_at_load %s", (version, text, atLoad, obstacle) => {
    const found = kvmObstacle(parseVersion(version)!, readKvm(text, atLoad));
    if (obstacle) expect(found).toMatch(obstacle);
    else expect(found).toBeUndefined();
  });
});

test.each([
  [undefined, "problem"],
  ["v3.230.0\n", "well"],
  ["v3.231.5\n", "well"],
  ["v3.100.0\n", "warning"],
  ["v4.0.0\n", "problem"],
])("Pulumi %j is %s", (text, state) => expect(judgePulumi(text).state).toBe(state));

test.each([
  ["yes", "well"],
  ["no", "warning"],
  [undefined, "unknown"],
])("a clock that NTP keeps (%s) is %s", (text, state) => expect(judgeClock(text, NOW).state).toBe(state));

describe("disk space", () => {
  const need = (free: number) => [
    { what: "the Nix store", path: "/nix", free, atFirst: 6 * GB, inTheEnd: 12 * GB },
  ];
  test.each([
    [5 * GB, false, "problem", "/nix has 5.0 GB free, and the Nix store needs 6.0 GB"],
    [7 * GB, false, "warning", "/nix has 7.0 GB free, and the Nix store needs 12.0 GB once they are full"],
    [20 * GB, false, "well", "/nix: 20.0 GB free"],
    [5 * GB, true, "well", "/nix: 5.0 GB free"],
  ])("of %d bytes, with a cluster: %s, is %s", (free, isMade, state, finding) =>
    expect(judgeSpace(need(free), isMade)).toMatchObject({ state, finding }),
  );
});

test.each([
  ["203.0.113.7", ["203.0.113.0/24"], "well"],
  ["203.0.113.7", ["203.0.112.0/24", "2001:db8::/32"], "problem"],
  ["203.0.113.7", ["0.0.0.0/0"], "well"],
  ["2001:db8:1:2::7", ["2001:db8:1::/48"], "well"],
  ["2001:db8:2::7", ["2001:db8:1::/48", "0.0.0.0/0"], "problem"],
  ["2001:db8:2::7", ["::/0"], "well"],
  ["<html>", ["0.0.0.0/0"], "unknown"],
  [undefined, ["0.0.0.0/0"], "unknown"],
])("access from %s to %j is %s", (address, access, state) =>
  expect(judgeAccess(address, access, "hetzner", "https://ip.hetzner.com").state).toBe(state),
);

describe("certificates", () => {
  test.each([
    [[400], "well", "1 certificates, good for 400 days or more"],
    [[400, 59], "warning", "c1: 59 days"],
    [[400, 30, -2], "problem", "c2: ended, c1: 30 days"],
    [[], "problem", "there are no certificates"],
  ])("with %j days left are %s", (days, state, finding) => {
    const certificates = days.map((left, index) => ({ name: `c${index}`, ends: inDays(left) }));
    expect(judgeCertificates(certificates, NOW)).toMatchObject({ state, finding });
  });
});

describe("the systems of a machine", () => {
  const report = (running: string, booted: string, next: string, kernels = ["k", "k"]) => ({
    ...{ failedUnits: [], disk: { free: 1, size: 2 }, certificates: [] },
    systems: { running: `/nix/store/${running}`, booted: `/nix/store/${booted}`, next: `/nix/store/${next}` },
    kernels: { running: kernels[0], booted: kernels[1] },
  });
  test.each([
    [report("b", "a", "b"), "well", /^runs b/],
    [report("b", "a", "b", ["new", "old"]), "warning", /kernel of a/],
    [report("b", "a", "a"), "problem", /would boot a next time/],
    [report("a", "a", "a"), "problem", /runs a, not b/],
  ])("%j", (report, state, finding) =>
    expect(judgeSystems(report, "/nix/store/b")).toMatchObject({
      state,
      finding: expect.stringMatching(finding),
    }),
  );
});

test.each([
  [[50, 100], "well"],
  [[14, 100], "warning"],
  [[9, 100], "problem"],
])("a disk with %j bytes free of all is judged by kubelet's limits", ([free, size], state) =>
  expect(judgeDisk({ free, size }).state).toBe(state),
);

test.each([
  [50, "well"],
  [1100, "warning"],
  [1900, "problem"],
])("etcd with %d MB", (megabytes, state) => expect(judgeEtcd(megabytes * 2 ** 20).state).toBe(state));

describe("what is printed", () => {
  const findings = [
    { name: "nix", state: "well" as const, finding: "fine" },
    { name: "clock", state: "warning" as const, finding: "late", remedy: "Wind it." },
    { name: "ready/ee", state: "problem" as const, finding: "two\nlines", remedy: "Mend it." },
  ];

  test("has a line for each, its remedy where it is not well, and a sum", () =>
    expect(render(findings).split("\n")).toEqual([
      "ok       nix      fine",
      "warning  clock    late",
      "                  Next: Wind it.",
      "PROBLEM  ready/ee two",
      "                  lines",
      "                  Next: Mend it.",
      "1 problem, 1 warning.",
      "",
    ]));

  test("ends with 1 for problems alone", () => {
    expect(exitCode(findings)).toBe(1);
    expect(exitCode(findings.slice(0, 2))).toBe(0);
  });
});
