import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import {
  chooseHostOnly,
  ensureCarrying,
  ensureHostOnly,
  lookAtHostOnly,
  removeHostOnlyIfUnused,
} from "../../../provider/virtualbox/hostonly";
import { ipv4, netmask, prefixLengthOf } from "../../../provider/virtualbox/ipv4";
import { Machines } from "../../../provider/virtualbox/machine";
import { kernelRoutes, parseRoutes } from "../../../provider/virtualbox/routes";
import { VBoxManage } from "../../../provider/virtualbox/vboxmanage";
import { FakeBox, FakeInterface } from "./fake-box";
import { seed, SPEC } from "./sample";
import { real } from "./transcript";

const NETWORK = { address: "192.168.56.1", prefixLength: 24 };
const fitting: FakeInterface = {
  name: "vboxnet0",
  address: "192.168.56.1",
  netmask: "255.255.255.0",
  dhcp: true,
};

let folder: string;
let box: FakeBox;
let vbox: VBoxManage;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kluster-hostonly-"));
  box = new FakeBox(folder);
  vbox = new VBoxManage(box.run, { clock: box.clock, routes: box.routes });
});

afterEach(() => rmSync(folder, { recursive: true }));

const asked = (verb: string) =>
  box.calls.filter(([first]) => first === verb).map((args) => args.slice(1).join(" "));

describe("finding or making", () => {
  test("one that fits is used as it is, its DHCP server included", async () => {
    box.interfaces = [{ ...fitting }];
    expect(await ensureHostOnly(vbox, NETWORK)).toEqual({ name: "vboxnet0", created: false });
    expect(box.interfaces).toEqual([fitting]);
    expect(asked("hostonlyif")).toEqual([]);
  });

  test("where there is none one is made, with the address and without DHCP", async () => {
    box.dhcpOnNew = true;
    expect(await ensureHostOnly(vbox, NETWORK)).toEqual({ name: "vboxnet0", created: true });
    expect(box.interfaces).toEqual([{ ...fitting, dhcp: false }]);
    expect(asked("hostonlyif")).toEqual([
      "create",
      "ipconfig vboxnet0 --ip 192.168.56.1 --netmask 255.255.255.0",
    ]);
  });

  test("a second time finds what the first made, and so do three at once", async () => {
    const found = await Promise.all([1, 2, 3].map(() => ensureHostOnly(vbox, NETWORK)));
    expect(found.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(found.map(({ name }) => name))).toEqual(new Set(["vboxnet0"]));
  });

  test("a creation that is reported as failed but happened counts", async () => {
    box.faults = [
      {
        pattern: /hostonlyif create/,
        times: 1,
        answer: { stderr: "VBoxManage: error: Failed to create" },
        afterwards: true,
      },
    ];
    expect(await ensureHostOnly(vbox, NETWORK)).toEqual({ name: "vboxnet0", created: true });
  });

  test("a creation that really failed is told after ten looks", async () => {
    box.faults = [
      { pattern: /hostonlyif create/, times: 1, answer: { stderr: "VBoxManage: error: Failed to create" } },
    ];
    await expect(ensureHostOnly(vbox, NETWORK)).rejects.toThrow(/Failed to create/);
    expect(asked("list")).toHaveLength(11);
  });

  test("kernel modules that are not loaded are told at once with the remedy", async () => {
    const { exit, stderr } = real("hostonlyif create");
    box.faults = [{ pattern: /hostonlyif create/, times: 1, answer: { code: exit, stderr } }];
    await expect(ensureHostOnly(vbox, NETWORK)).rejects.toThrow(/vboxnetctl[\s\S]*modprobe vboxdrv/);
    expect(box.clock.pauses).toEqual([]);
  });

  test("an address that VirtualBox forbids is told with the file that allows it, and nothing is left", async () => {
    const stderr =
      "VBoxManage: error: Code E_ACCESSDENIED (0x80070005) - Access denied (extended info not available)\n" +
      'VBoxManage: error: Context: "EnableStaticIPConfig(Bstr(pszIp).raw(), Bstr(pszNetmask).raw())" at line 242 of file VBoxManageHostonly.cpp\n';
    box.faults = [{ pattern: /hostonlyif ipconfig/, times: 1, answer: { stderr } }];
    await expect(ensureHostOnly(vbox, { address: "10.8.8.1", prefixLength: 24 })).rejects.toThrow(
      /192\.168\.56\.0\/21.*\/etc\/vbox\/networks\.conf/,
    );
    expect(box.interfaces).toEqual([]);
  });
});

describe("one that carries nothing", () => {
  const repaired = ["ipconfig vboxnet0 --ip 192.168.56.1 --netmask 255.255.255.0"];

  test.each<[string, Partial<FakeInterface>]>([
    ["is down", { down: true }],
    ["lost its address, though VirtualBox still tells it", { addressless: true }],
  ])("is seen, and brought up again: it %s", async (_, fault) => {
    box.interfaces = [{ ...fitting, ...fault }];
    expect(await lookAtHostOnly(vbox, NETWORK)).toEqual({ name: "vboxnet0", carries: false });
    expect(asked("hostonlyif")).toEqual([]);
    await ensureCarrying(vbox, "vboxnet0", "192.168.56.11");
    expect(asked("hostonlyif")).toEqual(repaired);
    expect(await lookAtHostOnly(vbox, NETWORK)).toEqual({ name: "vboxnet0", carries: true });
  });

  test("is brought up before it is used", async () => {
    box.interfaces = [{ ...fitting, down: true }];
    expect(await ensureHostOnly(vbox, NETWORK)).toEqual({ name: "vboxnet0", created: false });
    expect(asked("hostonlyif")).toEqual(repaired);
  });

  test("is not touched where it does carry, or the kernel tells no routes", async () => {
    box.interfaces = [{ ...fitting }];
    await ensureCarrying(vbox, "vboxnet0", "192.168.56.11");
    const blind = new VBoxManage(box.run, { clock: box.clock, routes: async () => undefined });
    await ensureCarrying(blind, "vboxnet0", "192.168.56.11");
    expect(asked("hostonlyif")).toEqual([]);
  });

  test("and is gone, is named with what makes it anew", async () => {
    await expect(ensureCarrying(vbox, "vboxnet0")).rejects.toThrow(
      /no host-only interface vboxnet0.*refresh/,
    );
  });
});

describe("another interface of the box that has the range", () => {
  const docker = { interface: "br-5f2a", address: "192.168.56.0", prefixLength: 24 };

  test("is named before an interface is made, and nothing is", async () => {
    box.otherRoutes = [docker];
    const words = /192\.168\.56\.0\/24 to its interface br-5f2a.*kluster:network.*hosts\.toml/;
    await expect(ensureHostOnly(vbox, NETWORK)).rejects.toThrow(words);
    expect(asked("hostonlyif")).toEqual([]);
    expect((await lookAtHostOnly(vbox, NETWORK)).obstacle).toMatch(words);
  });

  test.each([
    ["the range itself", docker, true],
    ["a part with the machine", { ...docker, address: "192.168.56.8", prefixLength: 29 }, true],
    ["a part without it", { ...docker, address: "192.168.56.128", prefixLength: 25 }, false],
    ["a broader one, which the host-only network goes before", { ...docker, prefixLength: 16 }, false],
  ])("stops a machine's start from waiting in vain: %s", async (_, route, stops) => {
    box.interfaces = [{ ...fitting }];
    box.otherRoutes = [route];
    const outcome = await ensureCarrying(vbox, "vboxnet0", "192.168.56.11").catch((error) => String(error));
    expect(outcome).toEqual(stops ? expect.stringContaining("br-5f2a") : undefined);
  });

  test("a host-only interface that is in the way is an obstacle, and no failure of the look", async () => {
    box.interfaces = [{ ...fitting, netmask: "255.255.0.0" }];
    expect(await lookAtHostOnly(vbox, NETWORK)).toEqual({
      carries: false,
      obstacle: expect.stringContaining("vboxnet0 has 192.168.56.1/16"),
    });
  });
});

describe("the kernel's routes", () => {
  const header = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT";
  const line = (name: string, destination: string, flags: string, mask: string) =>
    [name, destination, "00000000", flags, 0, 0, 0, mask, 0, 0, 0].join("\t");

  test("are read as Linux writes them, without default and refused ones", () => {
    const table = [
      header,
      line("eth0", "00000000", "0003", "00000000"),
      line("vboxnet0", "0038A8C0", "0001", "00FFFFFF"),
      line("tun0", "0000000A", "0001", "000000FF"),
      line("wg0", "0B38A8C0", "0005", "FFFFFFFF"),
      line("*", "0038A8C0", "0201", "00FFFFFF"),
      "",
    ].join("   \n");
    expect(parseRoutes(table)).toEqual([
      { interface: "vboxnet0", address: "192.168.56.0", prefixLength: 24 },
      { interface: "tun0", address: "10.0.0.0", prefixLength: 8 },
      { interface: "wg0", address: "192.168.56.11", prefixLength: 32 },
    ]);
  });

  const asRoot = process.getuid!() === 0 ? test : test.skip;
  asRoot(
    "know an interface while it is up with its address, even without a machine on it (needs root)",
    () => {
      const script = [
        "ip link add vboxnet7 type bridge && ip address add 192.168.56.1/24 dev vboxnet7",
        "ip link set vboxnet7 up && cat /proc/net/route && echo =",
        "ip link set vboxnet7 down && cat /proc/net/route && echo =",
        "ip link set vboxnet7 up && ip address flush dev vboxnet7 && cat /proc/net/route",
      ].join("\n");
      const tables = execFileSync("unshare", ["--net", "sh", "-ec", script], { encoding: "utf8" }).split(
        "=\n",
      );
      expect(tables.map(parseRoutes)).toEqual([
        [{ interface: "vboxnet7", address: "192.168.56.0", prefixLength: 24 }],
        [],
        [],
      ]);
    },
  );

  test("of this box are such", async () => {
    for (const { interface: name, prefixLength } of (await kernelRoutes()) ?? []) {
      expect(name).toMatch(/^[^\s/]+$/);
      expect(prefixLength).toBeGreaterThan(0);
    }
  });
});

describe("choosing", () => {
  const made = (name: string, address: string, mask: string) => ({
    name,
    address,
    netmask: mask,
    network: "",
    up: true,
  });

  test("the exact address comes before another one in the same network", () => {
    const interfaces = [
      made("vboxnet0", "192.168.56.254", "255.255.255.0"),
      made("vboxnet1", "192.168.56.1", "255.255.255.0"),
    ];
    expect(chooseHostOnly(interfaces, NETWORK)?.name).toBe("vboxnet1");
    expect(chooseHostOnly(interfaces.slice(0, 1), NETWORK)?.name).toBe("vboxnet0");
  });

  test("a network that overlaps but is another is named as in the way", () => {
    expect(() => chooseHostOnly([made("vboxnet3", "192.168.0.1", "255.255.0.0")], NETWORK)).toThrow(
      /vboxnet3 has 192\.168\.0\.1\/16, which overlaps/,
    );
  });

  test.each(["0.0.0.0", "0f000000", ""])(
    "one with the netmask %j is no candidate and in nobody's way",
    (mask) => {
      expect(chooseHostOnly([made("vboxnet0", "192.168.56.1", mask)], NETWORK)).toBeUndefined();
    },
  );

  test("networks apart from it don't matter", () => {
    expect(chooseHostOnly([made("vboxnet0", "192.168.57.1", "255.255.255.0")], NETWORK)).toBeUndefined();
  });
});

describe("removing", () => {
  test("an unused one goes with its DHCP server", async () => {
    box.interfaces = [{ ...fitting }];
    expect(await removeHostOnlyIfUnused(vbox, "vboxnet0")).toBe(true);
    expect(asked("dhcpserver")).toEqual(["remove --interface=vboxnet0"]);
    expect(box.interfaces).toEqual([]);
  });

  test("one that any machine uses stays", async () => {
    box.interfaces = [{ ...fitting }];
    const iso = join(folder, "nixos.iso");
    writeFileSync(iso, "");
    await new Machines(vbox).ensureCreated(SPEC, { iso, seed });
    expect(await removeHostOnlyIfUnused(vbox, "vboxnet0")).toBe(false);
    expect(box.interfaces).toEqual([fitting]);
  });

  test("a machine that vanishes meanwhile does not hinder it", async () => {
    box.interfaces = [{ ...fitting }];
    const listing = { code: 0, stdout: real("list vms", 1).stdout };
    box.faults = [{ pattern: /^list vms/, times: 1, answer: listing }];
    expect(await removeHostOnlyIfUnused(vbox, "vboxnet0")).toBe(true);
  });

  test("one that is gone is fine", async () => {
    expect(await removeHostOnlyIfUnused(vbox, "vboxnet0")).toBe(true);
    expect(asked("hostonlyif")).toEqual([]);
  });
});

describe("IPv4", () => {
  test("a netmask tells its length, in dots and in hex", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 32 }), (length) => {
        expect(prefixLengthOf(netmask(length))).toBe(length);
        expect(prefixLengthOf(ipv4(netmask(length))!.toString(16).padStart(8, "0"))).toBe(length);
      }),
    );
  });

  test.each(["255.0.255.0", "0f000000", "255.255.255", "", "256.0.0.0", "255.0.0.00"])(
    "%j is no netmask",
    (mask) => {
      expect(prefixLengthOf(mask)).toBeUndefined();
    },
  );
});
