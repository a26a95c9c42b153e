import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Machines } from "../../../provider/virtualbox/machine";
import { InstallMedia } from "../../../provider/virtualbox/spec";
import { VBoxManage } from "../../../provider/virtualbox/vboxmanage";
import { FakeBox, Killed, LOCKED } from "./fake-box";
import { SECRET, seed, SPEC } from "./sample";
import { real } from "./transcript";

let folder: string;
let box: FakeBox;
let machines: Machines;
let install: InstallMedia;
const waits: string[] = [];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "kluster-virtualbox-")));
  box = new FakeBox(join(folder, "vms"));
  mkdirSync(box.folder);
  install = { iso: join(folder, "nixos.iso"), seed };
  writeFileSync(install.iso, "iso");
  waits.length = 0;
  machines = driver();
});

afterEach(() => rmSync(folder, { recursive: true }));

const driver = () =>
  new Machines(new VBoxManage(box.run, { clock: box.clock, onWait: (message) => waits.push(message) }));
const home = () => join(box.folder, "kluster", SPEC.stackId, SPEC.name);
const verbs = () => box.calls.map(([verb]) => verb);
const changes = () =>
  verbs().filter((verb) => !["showvminfo", "showmediuminfo", "list", "getextradata"].includes(verb));

async function installed(): Promise<void> {
  await machines.ensureCreated(SPEC, install);
  await machines.start(SPEC.uuid);
  await machines.removeInstallMedia(SPEC.uuid);
  await machines.start(SPEC.uuid);
  box.calls.length = 0;
}

describe("creating", () => {
  test("a machine comes with its identity in the very call that makes it", async () => {
    expect(await machines.ensureCreated(SPEC, install)).toEqual({
      adopted: false,
      installed: false,
      running: false,
    });
    const createvm = box.calls.find(([verb]) => verb === "createvm")!;
    expect(createvm.join(" ")).toContain(`--uuid ${SPEC.uuid} --groups /kluster/${SPEC.stackId}`);
    expect(createvm).toContain("--register");
  });

  test("it has disk, seed disk and installer on their ports, and boots the installer first", async () => {
    await machines.ensureCreated(SPEC, install);
    const [vm] = box.inventory().vms;
    expect(vm.ports).toEqual({ 0: join(home(), "disk.vdi"), 1: join(home(), "seed.vdi"), 2: install.iso });
    expect(vm.options).toMatchObject({
      "--boot1": "dvd",
      "--boot2": "disk",
      "--memory": "2048",
      "--firmware": "bios",
    });
    expect(box.disks.get(join(home(), "disk.vdi"))).toBe(8192);
    expect(box.lastRaw!.equals(seed)).toBe(true);
  });

  test("a folder for machines that was asked for is used", async () => {
    const baseFolder = join(folder, "elsewhere");
    await machines.ensureCreated({ ...SPEC, baseFolder }, install);
    expect(existsSync(join(baseFolder, "kluster", SPEC.stackId, SPEC.name, "disk.vdi"))).toBe(true);
  });

  test("secrets are in no argument, and on this box in one file that nobody else can read", async () => {
    await machines.ensureCreated(SPEC, install);
    expect(JSON.stringify(box.calls)).not.toContain(SECRET);
    expect(readdirSync(home()).sort()).toEqual(["disk.vdi", "kluster-dev-il.vbox", "seed.vdi"]);
    expect(statSync(join(home(), "seed.vdi")).mode & 0o777).toBe(0o600);
  });

  test("a second time changes nothing in the end and makes no second machine", async () => {
    await machines.ensureCreated(SPEC, install);
    const before = box.inventory();
    expect(await machines.ensureCreated(SPEC, install)).toMatchObject({ adopted: true });
    expect(box.inventory()).toEqual(before);
    expect(verbs().filter((verb) => verb === "createvm")).toHaveLength(1);
  });

  test("two at once make one machine", async () => {
    const outcomes = await Promise.all([driver(), driver()].map((one) => one.ensureCreated(SPEC, install)));
    expect(outcomes.map(({ adopted }) => adopted).sort()).toEqual([false, true]);
  });

  test("a machine that runs already is left alone", async () => {
    await machines.ensureCreated(SPEC, install);
    await machines.start(SPEC.uuid);
    box.calls.length = 0;
    expect(await machines.ensureCreated(SPEC, install)).toEqual({
      adopted: true,
      installed: false,
      running: true,
    });
    expect(changes()).toEqual([]);
  });

  test("an installed machine gets no seed and no installer again", async () => {
    await installed();
    expect(await machines.ensureCreated(SPEC, install)).toEqual({
      adopted: true,
      installed: true,
      running: true,
    });
    await machines.powerOff(SPEC.uuid);
    expect(await machines.ensureCreated(SPEC, install)).toEqual({
      adopted: true,
      installed: true,
      running: false,
    });
    expect(Object.keys(box.inventory().vms[0].ports)).toEqual(["0"]);
  });

  test("killed at any call, before or after it did its work, the next run completes the same machine", async () => {
    await machines.ensureCreated(SPEC, install);
    const whole = box.inventory();
    const files = readdirSync(home()).sort();
    const count = box.calls.length;
    expect(count).toBeGreaterThan(10);
    for (let at = 0; at < count; at++) {
      for (const after of [false, true]) {
        rmSync(box.folder, { recursive: true });
        box = new FakeBox(box.folder);
        mkdirSync(box.folder);
        box.kill = { at, after };
        await expect(driver().ensureCreated(SPEC, install)).rejects.toThrow(Killed);
        box.kill = undefined;
        await driver().ensureCreated(SPEC, install);
        expect(box.inventory()).toEqual(whole);
        expect(readdirSync(home()).sort()).toEqual(files);
      }
    }
  });

  test("a settings file that a killed createvm left is no obstacle", async () => {
    mkdirSync(home(), { recursive: true });
    writeFileSync(join(home(), `${SPEC.name}.vbox`), "");
    await machines.ensureCreated(SPEC, install);
    expect(box.vms.size).toBe(1);
  });

  test("a raw seed that a killed process left is gone afterwards", async () => {
    await machines.ensureCreated(SPEC, install);
    writeFileSync(join(home(), "seed.raw"), SECRET);
    await machines.ensureCreated(SPEC, install);
    expect(existsSync(join(home(), "seed.raw"))).toBe(false);
  });

  test.each([
    ["alone", /disk\.vdi.*all that is left of its data\. Move or delete that folder, and/],
    ["with its settings", /disk\.vdi.*all that is left of its data.*registervm/],
  ])("a disk that VirtualBox lost sight of, %s, is not overwritten", async (what, message) => {
    mkdirSync(home(), { recursive: true });
    writeFileSync(join(home(), "disk.vdi"), "data");
    if (what !== "alone") writeFileSync(join(home(), `${SPEC.name}.vbox`), "");
    await expect(machines.ensureCreated(SPEC, install)).rejects.toThrow(message);
    expect(box.vms.size).toBe(0);
    expect(existsSync(join(home(), "disk.vdi"))).toBe(true);
  });

  test("a machine of that UUID in another group is somebody else's", async () => {
    await machines.ensureCreated(SPEC, install);
    const other = { ...SPEC, stackId: "another" };
    await expect(machines.ensureCreated(other, install)).rejects.toThrow(
      /is in the group \/kluster\/b0e4c1d2 and not in \/kluster\/another/,
    );
    await expect(machines.destroy(other)).rejects.toThrow(/left alone/);
    expect(box.vms.size).toBe(1);
  });

  test("nothing is called for a machine that cannot be", async () => {
    await expect(machines.ensureCreated({ ...SPEC, cpus: 0 }, install)).rejects.toThrow(/cpus is 0/);
    expect(box.calls).toEqual([]);
  });
});

describe("starting", () => {
  beforeEach(() => machines.ensureCreated(SPEC, install));

  test("it is started without a window, and once", async () => {
    await machines.start(SPEC.uuid);
    await machines.start(SPEC.uuid);
    expect(box.calls.filter(([verb]) => verb === "startvm")).toEqual([
      ["startvm", SPEC.uuid, "--type", "headless"],
    ]);
  });

  test("a start that was said to fail but happened is not repeated", async () => {
    box.faults = [{ pattern: /^startvm/, times: 1, answer: { stderr: LOCKED }, afterwards: true }];
    await machines.start(SPEC.uuid);
    expect(verbs().filter((verb) => verb === "startvm")).toHaveLength(1);
  });

  const soon = new Date(Date.now() + 3600_000); // as written during the start

  test("the log of an earlier run is not shown", async () => {
    mkdirSync(join(home(), "Logs"));
    writeFileSync(join(home(), "Logs/VBox.log"), "VERR_VMX_IN_VMX_ROOT_MODE\n");
    utimesSync(join(home(), "Logs/VBox.log"), new Date(0), new Date(0));
    box.faults = [{ pattern: /^startvm/, times: 1, answer: real("startvm") }];
    const failure = await machines.start(SPEC.uuid).catch((error: Error) => error.message);
    expect(failure).toMatch(/The state of kluster-dev-il is poweroff\.$/);
  });

  test("a failure ends with the machine's state, its log's last lines and the cure for KVM", async () => {
    mkdirSync(join(home(), "Logs"));
    writeFileSync(
      join(home(), "Logs/VBox.log"),
      "first\n" + "line\n".repeat(30) + "VERR_VMX_IN_VMX_ROOT_MODE\n",
    );
    utimesSync(join(home(), "Logs/VBox.log"), soon, soon);
    box.faults = [{ pattern: /^startvm/, times: 1, answer: real("startvm") }];
    const failure = await machines.start(SPEC.uuid).catch((error: Error) => error.message);
    expect(failure).toMatch(/terminated unexpectedly/);
    expect(failure).toMatch(/The state of kluster-dev-il is poweroff/);
    expect(failure).toMatch(/Last lines of .*VBox\.log:\n(line\n)+VERR_VMX_IN_VMX_ROOT_MODE$/);
    expect(failure).not.toContain("first");
    expect(failure).toMatch(/VirtualBox 7\.2\.22_Debianr175245 needs kvm\.enable_virt_at_load=1/);
  });

  test("a machine that is gone cannot be started", async () => {
    box.vms.clear();
    await expect(machines.start(SPEC.uuid)).rejects.toThrow(/Could not find a registered machine/);
  });
});

describe("powering off", () => {
  beforeEach(installed);

  test("its system is asked first, and nothing else is done when it listens", async () => {
    await machines.powerOff(SPEC.uuid);
    expect(changes()).toEqual(["controlvm"]);
    expect(box.calls.find(([verb]) => verb === "controlvm")).toEqual([
      "controlvm",
      SPEC.uuid,
      "acpipowerbutton",
    ]);
  });

  test("the power is cut when it does not listen in time", async () => {
    box.obeysAcpi = false;
    await machines.powerOff(SPEC.uuid, { patience: 30_000 });
    expect(box.vms.get(SPEC.uuid)!.state).toBe("poweroff");
    expect(box.clock.time).toBeGreaterThanOrEqual(30_000);
    expect(waits).toContain("waiting up to 30 s for kluster-dev-il to shut down");
  });

  test("it returns only when VirtualBox has let go of the machine", async () => {
    box.unlockDelay = 3_000;
    await machines.powerOff(SPEC.uuid);
    box.calls.length = 0;
    await machines.vbox.call(["modifyvm", SPEC.uuid, "--memory", "512"]);
  });

  test("a session that never ends is named, with what frees it", async () => {
    box.unlockDelay = 1e9;
    const failure = await machines.powerOff(SPEC.uuid).catch((error: Error) => error.message);
    expect(failure).toMatch(/off, but some process still holds it after 60 s.*VirtualBox's window/);
    expect(failure).not.toContain("emergencystop"); // it has no process to stop
  });

  test("one that is off or gone is fine", async () => {
    await machines.powerOff(SPEC.uuid);
    box.calls.length = 0;
    await machines.powerOff(SPEC.uuid);
    box.vms.clear();
    await machines.powerOff(SPEC.uuid);
    expect(changes()).toEqual([]);
  });
});

describe("observing", () => {
  test("tells what may have drifted", async () => {
    await installed();
    expect(await machines.observe(SPEC.uuid)).toEqual({
      uuid: SPEC.uuid,
      name: SPEC.name,
      memory: 2048,
      cpus: 1,
      disk: 8192,
      macs: SPEC.macs,
      network: SPEC.network,
      running: true,
      installed: true,
    });
    expect(changes()).toEqual([]);
  });

  test("a machine that is gone is undefined", async () => {
    expect(await machines.observe(SPEC.uuid)).toBeUndefined();
  });
});

describe("updating", () => {
  beforeEach(installed);

  test("where nothing differs the machine is left alone", async () => {
    expect(await machines.update(SPEC, SPEC)).toBe(false);
    expect(changes()).toEqual([]);
  });

  test("only what differs is changed, between a shutdown and a start", async () => {
    expect(await machines.update(SPEC, { ...SPEC, memory: 4096 })).toBe(true);
    expect(changes()).toEqual(["controlvm", "modifyvm", "startvm"]);
    expect(box.calls.find(([verb]) => verb === "modifyvm")).toEqual([
      "modifyvm",
      SPEC.uuid,
      "--memory",
      "4096",
    ]);
  });

  test("the disk grows in place", async () => {
    await machines.update(SPEC, { ...SPEC, disk: 16384 });
    expect(changes()).toEqual(["controlvm", "modifymedium", "startvm"]);
    expect((await machines.observe(SPEC.uuid))!.disk).toBe(16384);
  });

  test("a smaller disk is refused before anything is touched", async () => {
    const attempt = machines.update(SPEC, { ...SPEC, disk: 4096, memory: 4096 });
    await expect(attempt).rejects.toThrow(
      /has 8192 MB and cannot shrink to 4096 MB; ask for 8192 MB or more/,
    );
    expect(changes()).toEqual([]);
  });

  test("another network and drifted MAC addresses are put right", async () => {
    box.vms.get(SPEC.uuid)!.options.set("--macaddress1", "080027FFFFFF");
    const network = { kind: "bridged", interface: "eth0" } as const;
    await machines.update(SPEC, { ...SPEC, network });
    expect(await machines.observe(SPEC.uuid)).toMatchObject({ network, macs: SPEC.macs });
  });

  test("a machine that is off is changed without being started, unless it shall run", async () => {
    await machines.powerOff(SPEC.uuid);
    await machines.update(SPEC, { ...SPEC, cpus: 2 });
    expect((await machines.observe(SPEC.uuid))!.running).toBe(false);
    expect(await machines.update(SPEC, { ...SPEC, cpus: 2, running: true })).toBe(true);
    expect((await machines.observe(SPEC.uuid))!.running).toBe(true);
  });

  test("killed at any call, the next update ends with the wanted machine", async () => {
    const wanted = { ...SPEC, memory: 4096, disk: 16384, running: true };
    for (let at = 0; ; at++) {
      await machines.update(SPEC, {
        ...SPEC,
        running: true,
        disk: (await machines.observe(SPEC.uuid))!.disk!,
      });
      box.kill = { at: box.calls.length + at, after: at % 2 === 0 };
      const whole = await driver()
        .update(SPEC, wanted)
        .then(
          () => true,
          () => false,
        );
      box.kill = undefined;
      await driver().update(SPEC, wanted);
      expect(await machines.observe(SPEC.uuid)).toMatchObject({ memory: 4096, disk: 16384, running: true });
      if (whole) break;
      box.disks.set(join(home(), "disk.vdi"), 8192);
    }
  });
});

describe("ending an installation", () => {
  beforeEach(async () => {
    await machines.ensureCreated(SPEC, install);
    await machines.start(SPEC.uuid);
    box.calls.length = 0;
  });

  test("seed disk and installer are gone, the disk boots, the machine is off", async () => {
    expect(await machines.removeInstallMedia(SPEC.uuid)).toBe(true);
    expect(readdirSync(home()).sort()).toEqual(["disk.vdi", "kluster-dev-il.vbox"]);
    expect(box.inventory()).toMatchObject({
      vms: [
        {
          ports: { 0: join(home(), "disk.vdi") },
          options: { "--boot1": "disk", "--boot2": "none" },
          state: "poweroff",
        },
      ],
      disks: { [join(home(), "disk.vdi")]: 8192 },
      dvds: [],
    });
    expect(existsSync(install.iso)).toBe(true);
  });

  test("the installer's image stays registered while another machine uses it", async () => {
    const other = { ...SPEC, uuid: "9f223054-6174-4fd5-a864-02d703b5d9f6", name: "kluster-dev-ee" };
    await machines.ensureCreated(other, install);
    await machines.removeInstallMedia(SPEC.uuid);
    expect([...box.dvds]).toEqual([install.iso]);
    await machines.removeInstallMedia(other.uuid);
    expect([...box.dvds]).toEqual([]);
  });

  test("a second time there is nothing to do, and a running machine keeps running", async () => {
    await machines.removeInstallMedia(SPEC.uuid);
    await machines.start(SPEC.uuid);
    expect(await machines.removeInstallMedia(SPEC.uuid)).toBe(false);
    expect((await machines.observe(SPEC.uuid))!.running).toBe(true);
  });

  test("killed at any call, the machine is never installed again and the next run leaves no secret", async () => {
    for (let at = 0; ; at++) {
      box.kill = { at: box.calls.length + at, after: false };
      const whole = await driver()
        .removeInstallMedia(SPEC.uuid)
        .then(
          () => true,
          () => false,
        );
      box.kill = undefined;
      const { installed } = (await machines.observe(SPEC.uuid))!;
      if (installed) expect((await driver().ensureCreated(SPEC, install)).installed).toBe(true);
      await driver().removeInstallMedia(SPEC.uuid);
      expect(existsSync(join(home(), "seed.vdi"))).toBe(false);
      expect(box.inventory()).toMatchObject({ vms: [{ ports: { 0: join(home(), "disk.vdi") } }], dvds: [] });
      if (whole) break;
      await machines.destroy(SPEC);
      await machines.ensureCreated(SPEC, install);
      await machines.start(SPEC.uuid);
    }
  });
});

describe("destroying", () => {
  const nothing = { vms: [], disks: {}, dvds: [], interfaces: [] };

  test.each(["off", "running", "half installed"])(
    "nothing is left of a machine that is %s",
    async (state) => {
      await machines.ensureCreated(SPEC, install);
      if (state !== "off") await machines.start(SPEC.uuid);
      if (state === "half installed") writeFileSync(join(home(), "seed.raw"), SECRET);
      await machines.destroy(SPEC);
      expect(box.inventory()).toEqual(nothing);
      expect(readdirSync(box.folder)).toEqual([]);
      expect(existsSync(install.iso)).toBe(true);
    },
  );

  test("finding it gone is success", async () => {
    await machines.destroy(SPEC);
    expect(changes()).toEqual([]);
  });

  test("files and media of a machine that is gone go too", async () => {
    await machines.ensureCreated(SPEC, install);
    box.vms.clear();
    await machines.destroy(SPEC);
    expect(readdirSync(box.folder)).toEqual([]);
    expect(box.inventory().disks).toEqual({});
  });

  test("other machines of the stack and their folders stay", async () => {
    const other = { ...SPEC, uuid: "9f223054-6174-4fd5-a864-02d703b5d9f6", name: "kluster-dev-ee" };
    await machines.ensureCreated(SPEC, install);
    await machines.ensureCreated(other, install);
    await machines.destroy(SPEC);
    expect(readdirSync(dirname(home()))).toEqual(["kluster-dev-ee"]);
    expect(box.vms.size).toBe(1);
  });

  test("the session lock after the power-off is waited for", async () => {
    await installed();
    box.unlockDelay = 2_000;
    await machines.destroy(SPEC);
    expect(box.vms.size).toBe(0);
  });

  test("killed at any call, the next run leaves nothing", async () => {
    for (let at = 0; ; at++) {
      await machines.ensureCreated(SPEC, install);
      await machines.start(SPEC.uuid);
      box.kill = { at: box.calls.length + at, after: at % 2 === 1 };
      const whole = await driver()
        .destroy(SPEC)
        .then(
          () => true,
          () => false,
        );
      box.kill = undefined;
      await driver().destroy(SPEC, install.iso);
      expect(box.inventory()).toEqual(nothing);
      expect(readdirSync(box.folder)).toEqual([]);
      if (whole) break;
    }
  });
});
