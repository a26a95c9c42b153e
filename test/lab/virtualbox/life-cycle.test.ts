import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { Desk, fakeNetwork } from "./desk";

const LOCKED_FOR = /is already locked for a session \(or being unlocked\)[\s\S]*VBOX_E_INVALID_OBJECT_STATE/;

let desk: Desk;
let uuid: string;

beforeEach(async () => {
  desk = new Desk();
  uuid = await desk.createMachine("il");
});
afterEach(() => desk.clear());

/** Long enough for any session to be unlocked. */
const wait = () => (desk.time += 10_000);

const start = () => desk.run("startvm", "il", "--type", "headless");

describe("a VM that is started", () => {
  test("gets the hardware that its settings describe", async () => {
    await desk.run("hostonlyif", "create");
    writeFileSync(desk.path("nixos.iso"), "an image");
    await desk.run(
      ..."storageattach il --storagectl SATA --port 2 --device 0 --type dvddrive --medium nixos.iso".split(
        " ",
      ),
    );
    await desk.run(
      ..."modifyvm il --memory 2048 --cpus 2 --boot1 dvd --boot2 disk --boot3 floppy --boot4 none".split(" "),
      ..."--nic1 nat --mac-address1 0800271234AB --nic2 hostonly --host-only-adapter2 vboxnet0".split(" "),
      ..."--macaddress2 080027abcdef --nictype2 virtio --cable-connected2 on".split(" "),
    );
    expect(await start()).toBe(
      'Waiting for VM "il" to power on...\nVM "il" has been successfully started.\n',
    );
    expect(desk.machineCalls()).toEqual([
      [
        "start",
        {
          uuid,
          name: "il",
          memory: 2048,
          cpus: 2,
          boot: ["dvd", "disk", "none", "none"],
          drives: [
            { port: 0, kind: "disk", file: desk.path("vms/il/disk.vdi") },
            { port: 2, kind: "dvd", file: desk.path("nixos.iso") },
          ],
          nics: [
            { slot: 1, mac: "08:00:27:12:34:ab", attachment: { kind: "nat" } },
            { slot: 2, mac: "08:00:27:ab:cd:ef", attachment: { kind: "bridge", bridge: "vboxnet0" } },
          ],
          logs: desk.path("vms/il/Logs"),
        },
      ],
    ]);
  });

  test("shows as running and has a log", async () => {
    await start();
    expect(await desk.info("il", "VMState")).toBe("running");
    expect(await desk.info("il", "SessionName")).toBe("headless");
    expect(await desk.run("list", "runningvms")).toBe(`"il" {${uuid}}\n`);
    expect(readFileSync(desk.path("vms/il/Logs/VBox.log"), "utf8")).toContain("to 'RUNNING'");
    expect(await desk.run("showvminfo", "il", "--log", "0")).toContain(uuid);
  });

  test("can't be started again", async () => {
    await start();
    const again = await desk.call("startvm", uuid, "--type", "headless");
    expect(again.exit).toBe(1);
    expect(again.stdout).toBe("");
    expect(again.stderr).toMatch(
      /is already locked by a session \(or being locked or unlocked\)[\s\S]*LaunchVMProcess/,
    );
    expect(desk.machineCalls()).toHaveLength(1);
  });

  test.each([
    ["modifyvm", "il", "--memory", "4096"],
    ["storagectl", "il", "--name", "SATA", "--portcount", "5"],
  ])("refuses %s while it runs, and keeps its settings", async (...call) => {
    await start();
    const answer = await desk.call(...call);
    expect(answer).toMatchObject({ exit: 1, stdout: "" });
    expect(answer.stderr).toMatch(LOCKED_FOR);
    expect(await desk.info("il", "memory")).toBe("1024");
    expect(await desk.info("il", "storagecontrollerportcount0")).toBe("30");
  });

  test.each([
    ["unregistervm il --delete", /Cannot unregister the machine 'il' while it is locked/],
    ["modifymedium disk vms/il/disk.vdi --resize 128", /Failed to lock media when resizing/],
    ["closemedium disk vms/il/disk.vdi --delete", /is locked for writing by another task/],
    [
      "storageattach il --storagectl SATA --port 0 --medium none",
      /does not support hot-plugging[\s\S]*VBOX_E_NOT_SUPPORTED/,
    ],
  ])("refuses %s while it runs", async (call, message) => {
    await start();
    const answer = await desk.call(...call.split(" "));
    expect(answer.exit).toBe(1);
    expect(answer.stderr).toMatch(message);
    expect(existsSync(desk.path("vms/il/disk.vdi"))).toBe(true);
    expect(statSync(desk.path("vms/il/disk.vdi")).size).toBe(64 << 20);
  });

  test("locks its media as long as it runs", async () => {
    await start();
    expect(await desk.run("showmediuminfo", "disk", "vms/il/disk.vdi")).toMatch(/^State: +locked write$/m);
    await desk.run("controlvm", "il", "poweroff");
    expect(await desk.run("showmediuminfo", "disk", "vms/il/disk.vdi")).toMatch(/^State: +created$/m);
  });

  test("takes keys, its power button and a reset", async () => {
    await start();
    await desk.run("controlvm", "il", "keyboardputstring", "ls", "/dev\n");
    await desk.run("controlvm", "il", "keyboardputscancode", "2a", "1e", "9e");
    await desk.run("controlvm", "il", "keyboardputscancode", "30", "b0", "aa", "1e", "9e", "1c", "9c");
    await desk.run("controlvm", "il", "acpipowerbutton");
    await desk.run("controlvm", uuid, "reset");
    expect(desk.machineCalls().slice(1)).toEqual([
      ["type", uuid, "ls /dev\n"],
      ["type", uuid, "A"],
      ["type", uuid, "Ba\n"], // Shift is held down from one call to the next
      ["pressPowerButton", uuid],
      ["reset", uuid],
    ]);
  });

  test("refuses scan codes of keys that lab machines don't know", async () => {
    await start();
    const answer = await desk.call("controlvm", "il", "keyboardputscancode", "e0", "48");
    expect(answer.exit).toBe(2);
    expect(answer.stderr).toContain("not modelled");
    expect((await desk.call("controlvm", "il", "keyboardputscancode", "1x")).stderr).toContain(
      "'1x' is not a hex byte!",
    );
    expect(desk.machineCalls()).toHaveLength(1);
  });
});

describe("a VM that went off", () => {
  test("is powered off at once, but stays locked for a moment", async () => {
    await start();
    expect((await desk.call("controlvm", "il", "poweroff")).stderr).toMatch(/^0%\.\.\.10%.*100%\n$/);
    expect(await desk.info("il", "VMState")).toBe("poweroff");
    const early = await desk.call("modifyvm", "il", "--memory", "2048");
    expect(early.exit).toBe(1);
    expect(early.stderr).toMatch(LOCKED_FOR);
    expect((await desk.call("unregistervm", "il", "--delete")).stderr).toContain("while it is locked");
    expect((await desk.call("startvm", "il", "--type", "headless")).exit).toBe(1);
    wait();
    await desk.run("modifyvm", "il", "--memory", "2048");
    await start();
  });

  test("by its own doing is seen to be off, and is locked from then on for a moment", async () => {
    await start();
    const before = await desk.info("il", "VMStateChangeTime");
    wait();
    await desk.machines.powerOff(uuid); // the guest shut itself down
    expect(await desk.info("il", "VMState")).toBe("poweroff");
    expect(await desk.info("il", "VMStateChangeTime")).not.toBe(before);
    expect((await desk.call("modifyvm", "il", "--memory", "2048")).stderr).toMatch(LOCKED_FOR);
    wait();
    await desk.run("modifyvm", "il", "--memory", "2048");
  });

  test("can't be controlled", async () => {
    const answer = await desk.call("controlvm", "il", "reset");
    expect(answer).toMatchObject({
      exit: 1,
      stderr: "VBoxManage: error: Machine 'il' is not currently running.\n",
    });
  });

  test("keeps the logs of its last runs", async () => {
    for (let run = 0; run < 3; run++) {
      await start();
      await desk.run("controlvm", "il", "poweroff");
      wait();
    }
    expect(existsSync(desk.path("vms/il/Logs/VBox.log.2"))).toBe(true);
    expect(existsSync(desk.path("vms/il/Logs/VBox.log.3"))).toBe(false);
  });
});

describe("a start that can't work", () => {
  const refused = async () => {
    const answer = await desk.call("startvm", "il", "--type", "headless");
    expect(answer.exit).not.toBe(0);
    expect(desk.machineCalls()).toEqual([]);
    expect(await desk.info("il", "VMState")).toBe("poweroff");
    return answer.stderr;
  };

  test("names the medium that is gone", async () => {
    rmSync(desk.path("vms/il/disk.vdi"));
    expect(await refused()).toMatch(/Could not open the medium '.*disk.vdi'[\s\S]*NS_ERROR_FAILURE/);
  });

  test("names the interface that is gone", async () => {
    await desk.run("modifyvm", "il", "--nic2", "hostonly", "--hostonlyadapter2", "vboxnet7");
    expect(await refused()).toContain("Nonexistent host networking interface, name 'vboxnet7'");
  });

  test("tells that another running VM has the disk", async () => {
    await desk.createMachine("ee");
    await desk.run(
      ..."storageattach ee --storagectl SATA --port 1 --type hdd --medium vms/il/disk.vdi".split(" "),
    );
    await start();
    const answer = await desk.call("startvm", "ee", "--type", "headless");
    expect(answer.stderr).toContain("Locking of attached media failed.");
    expect(answer.exit).toBe(1);
  });

  test.each([
    [["--firmware", "efi"], "firmware efi"],
    [["--nat-pf1", "ssh,tcp,127.0.0.1,2222,,22"], "NAT port forwarding"],
    [["--nic3", "intnet"], "internal network"],
  ])("refuses what no lab machine can do: %j", async (settings, message) => {
    await desk.run("modifyvm", "il", ...settings);
    expect(await refused()).toContain(message);
  });

  test("reports a fault of the lab itself", async () => {
    desk.machines.start = async () => {
      throw new Error("no room for another machine");
    };
    expect(await refused()).toContain("no room for another machine");
  });
});

describe("the session of a VBoxManage that was killed", () => {
  const forget = async (phase: string) => {
    const state = desk.box.store.read();
    state.machines[0].power = {
      phase: phase as "starting",
      since: new Date(desk.time).toISOString(),
      worker: { pid: process.pid, started: "a process of old that had this number" },
    };
    desk.box.store.write(state);
  };

  test.each(["starting", "stopping"])("while %s ends with what the machine is: off", async (phase) => {
    await forget(phase);
    expect(await desk.info("il", "VMState")).toBe("poweroff");
    wait();
    await start();
  });

  test.each(["starting", "stopping"])("while %s ends with what the machine is: on", async (phase) => {
    await start();
    await forget(phase);
    expect(await desk.info("il", "VMState")).toBe("running");
    await desk.run("controlvm", "il", "poweroff");
  });
});

test("bridged NICs and host-only NICs reach the bridges they name", async () => {
  const interfaces = [
    {
      name: "lan0",
      mac: "02:00:00:00:00:01",
      up: true,
      address: "192.168.10.1",
      netmask: "255.255.255.0",
      ipv6: "",
      ipv6Prefix: 0,
    },
  ];
  const other = new Desk(fakeNetwork(interfaces));
  try {
    await other.createMachine("il");
    await other.run("modifyvm", "il", "--nic1", "none", "--nic2", "bridged", "--bridgeadapter2", "lan0");
    await other.run("startvm", "il", "--type", "headless");
    expect(other.machineCalls()[0][1]).toMatchObject({
      nics: [{ slot: 2, attachment: { kind: "bridge", bridge: "lan0" } }],
    });
    expect(await other.info("il", "bridgeadapter2")).toBe("lan0");
  } finally {
    other.clear();
  }
});

describe("a VM that is unregistered", () => {
  test.each([
    ["with its files", ["--delete"]],
    ["without them", []],
  ])("%s leaves no lab machine behind", async (_, options) => {
    await start();
    await desk.run("controlvm", "il", "poweroff");
    wait();
    await desk.run("unregistervm", "il", ...options);
    expect(desk.machineCalls().at(-1)).toEqual(["forget", uuid]);
  });

  test("but is kept while it is locked", async () => {
    await start();
    expect((await desk.call("unregistervm", "il", "--delete")).exit).toBe(1);
    expect(desk.machineCalls().map(([call]) => call)).not.toContain("forget");
  });
});

describe("the files of a VM that is unregistered", () => {
  beforeEach(async () => {
    await desk.run(..."createmedium disk --filename theirs.vdi --size 8".split(" "));
    await desk.run(
      ..."storageattach il --storagectl SATA --port 1 --device 0 --type hdd --medium theirs.vdi".split(" "),
    );
  });

  test("leaves every file and its disks in the registry", async () => {
    await desk.run("unregistervm", uuid);
    for (const file of ["vms/il/disk.vdi", "vms/il/il.vbox", "theirs.vdi"])
      expect(existsSync(desk.path(file))).toBe(true);
    const disks = await desk.run("list", "hdds");
    expect(disks).toContain(desk.path("vms/il/disk.vdi"));
    expect(disks).toContain(desk.path("theirs.vdi"));
  });

  test("with --delete takes every disk along that no other VM has, wherever it lies", async () => {
    await desk.run("unregistervm", uuid, "--delete");
    expect(existsSync(desk.path("theirs.vdi"))).toBe(false);
    expect(existsSync(desk.path("vms/il"))).toBe(false);
    expect(await desk.run("list", "hdds")).toBe("");
  });

  test("with --delete leaves files that are nobody's in its folder", async () => {
    writeFileSync(desk.path("vms/il/notes.txt"), "");
    await desk.run("unregistervm", uuid, "--delete");
    expect(existsSync(desk.path("vms/il/notes.txt"))).toBe(true);
  });
});
