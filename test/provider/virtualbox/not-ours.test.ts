import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { OnLab } from "./on-lab";
import { SPEC } from "./sample";

jest.setTimeout(60_000); // each call of the stand-in takes a lock by a program of its own

let on: OnLab;
beforeEach(async () => {
  on = new OnLab();
  await on.machines.ensureCreated(on.spec, on.install);
});
afterEach(() => on.desk.clear());

const destroy = () => on.machines.destroy(on.spec, on.install.iso);

describe("destroying a machine with things in it that are not ours", () => {
  test("a disk that the user attached stays, wherever it lies, and is named", async () => {
    const photos = on.desk.path("photos.vdi");
    await on.userDisk(photos, 3);
    expect(await destroy()).toEqual([expect.stringMatching(/photos\.vdi was attached to kluster-dev-il/)]);
    expect(existsSync(photos)).toBe(true);
    expect(await on.disks()).toEqual([photos]);
    expect(existsSync(on.home())).toBe(false);
  });

  test("a disk that the user made in the machine's folder stays, and the folder with it", async () => {
    await on.userDisk(on.home("data.vdi"), 3);
    const kept = await destroy();
    expect(kept.join("\n")).toMatch(/data\.vdi/);
    expect(readdirSync(on.home())).toEqual(["data.vdi"]);
    expect(await on.disks()).toEqual([on.home("data.vdi")]);
  });

  test("a file that somebody put into the machine's folder stays, and is named", async () => {
    writeFileSync(on.home("notes.txt"), "mine");
    mkdirSync(on.home("Logs"), { recursive: true });
    writeFileSync(on.home("Logs/VBox.log"), "");
    writeFileSync(on.home("Logs/mine.txt"), "");
    expect((await destroy()).join("\n")).toMatch(/holds.*Logs\/mine\.txt, notes\.txt/);
    expect(readdirSync(on.home()).sort()).toEqual(["Logs", "notes.txt"]);
    expect(readdirSync(on.home("Logs"))).toEqual(["mine.txt"]);
    // What is left is no obstacle to a new machine, and survives that, too.
    await on.machines.ensureCreated(on.spec, on.install);
    await destroy();
    expect(readFileSync(on.home("notes.txt"), "utf8")).toBe("mine");
  });

  test("our disk stays while another machine uses it, and that is said", async () => {
    await on.desk.createMachine("theirs");
    const slot = "--storagectl SATA --port 1 --device 0 --type hdd --medium".split(" ");
    await on.user("storageattach", "theirs", ...slot, on.home("disk.vdi"));
    expect((await destroy()).join("\n")).toMatch(/disk\.vdi is still used/);
    expect(existsSync(on.home("disk.vdi"))).toBe(true);
    expect(await on.user("showvminfo", "theirs", "--machinereadable")).toContain("disk.vdi");
  });

  test("a DVD of the user's stays in VirtualBox's registry", async () => {
    const dvd = on.desk.path("theirs.iso");
    writeFileSync(dvd, "");
    await on.userAttaches(dvd, 2, "dvddrive");
    expect(await destroy()).toEqual([]);
    expect(existsSync(dvd)).toBe(true);
    expect(await on.user("list", "dvds")).toContain(dvd);
    expect(await on.user("list", "dvds")).not.toContain(on.install.iso);
  });

  test("a second time there is nothing left to do, and nothing more goes", async () => {
    await on.userDisk(on.home("data.vdi"), 3);
    await destroy();
    expect((await destroy()).join("\n")).toMatch(/data\.vdi/);
    expect(existsSync(on.home("data.vdi"))).toBe(true);
  });
});

describe("a machine whose making was cut off, and that nobody wants any more", () => {
  const remove = () => on.machines.removePartiallyCreated(on.spec, on.install.iso);

  test("goes with all that is its own, and a second time there is nothing to do", async () => {
    expect(await remove()).toEqual([]);
    expect(existsSync(on.home())).toBe(false);
    expect(await on.disks()).toEqual([]);
    expect(await remove()).toEqual([]);
  });

  test("stays, and is named, when it has been installed: it may have been in use", async () => {
    await on.machines.removeInstallMedia(on.spec.uuid);
    expect(await remove()).toEqual([
      expect.stringMatching(/^the VirtualBox machine kluster-dev-il .* it stays\. .*unregistervm/),
    ]);
    expect(existsSync(on.home("disk.vdi"))).toBe(true);
  });

  test("stays when it is in another group", async () => {
    await on.user("modifyvm", on.spec.uuid, "--groups", "/mine");
    const disks = await on.disks();
    expect(await remove()).toEqual([]);
    expect(await on.disks()).toEqual(disks);
  });

  test("stays when VirtualBox cannot read it, or has forgotten it: who knows what it was", async () => {
    await on.user("unregistervm", on.spec.uuid);
    expect(await remove()).toEqual([]);
    expect(existsSync(on.home("disk.vdi"))).toBe(true);
  });
});

describe("ending an installation on a machine that the user has changed", () => {
  beforeEach(async () => void (await on.machines.removeInstallMedia(on.spec.uuid)));

  test("a disk of the user's on the seed disk's port stays there", async () => {
    await on.userDisk(on.desk.path("photos.vdi"), 1);
    expect(await on.machines.removeInstallMedia(on.spec.uuid)).toBe(false);
    expect(await on.desk.info(on.spec.uuid, "SATA-1-0")).toBe(on.desk.path("photos.vdi"));
  });

  test("a DVD of the user's in the installer's drive stays there", async () => {
    writeFileSync(on.desk.path("theirs.iso"), "");
    await on.userAttaches(on.desk.path("theirs.iso"), 2, "dvddrive");
    expect(await on.machines.removeInstallMedia(on.spec.uuid)).toBe(false);
    expect(await on.desk.info(on.spec.uuid, "SATA-2-0")).toBe(on.desk.path("theirs.iso"));
  });
});

describe("a disk of the user's on a port of ours, before the installation", () => {
  test.each([
    [0, "disk"],
    [1, "seed disk"],
  ])("on port %i is refused with words: nothing is written to it", async (port, what) => {
    await on.userDisk(on.desk.path("photos.vdi"), port);
    await expect(on.machines.ensureCreated(on.spec, on.install)).rejects.toThrow(
      new RegExp(`port ${port} .*holds .*photos\\.vdi.*not the machine's ${what}`),
    );
    expect(existsSync(on.desk.path("photos.vdi"))).toBe(true);
  });

  test("is never made larger", async () => {
    await on.userDisk(on.desk.path("photos.vdi"), 0);
    const wanted = { ...on.spec, disk: 128 };
    await expect(on.machines.update(on.spec, wanted)).rejects.toThrow(/photos\.vdi.*not the machine's disk/);
    expect(on.verbs()).not.toContain("modifymedium");
  });
});

describe("another machine", () => {
  const theirs = "9f223054-6174-4fd5-a864-02d703b5d9f6";
  const create = (group: string, name: string) =>
    on.user(
      ..."createvm --ostype Linux_64 --register --uuid".split(" "),
      ...[theirs, "--groups", group, "--name", name, "--basefolder", on.spec.baseFolder!],
    );

  test("of our name, in our folder, keeps its settings file, whatever is made or destroyed", async () => {
    await destroy();
    await create(`/kluster/${SPEC.stackId}`, SPEC.name);
    await expect(on.machines.ensureCreated(on.spec, on.install)).rejects.toThrow(/of another machine/);
    expect((await destroy()).join("\n")).toMatch(/of another machine/);
    expect(existsSync(on.home(`${SPEC.name}.vbox`))).toBe(true);
    expect(await on.desk.info(theirs, "VMState")).toBe("poweroff");
  });

  test("of our UUID, but in another group, is not switched off, changed or deleted", async () => {
    await on.user("hostonlyif", "create");
    await on.machines.start(on.spec.uuid);
    const other = { ...on.spec, stackId: "another" };
    on.calls.length = 0;
    await expect(on.machines.destroy(other)).rejects.toThrow(/left alone/);
    await expect(on.machines.update(other, { ...on.spec, memory: 4096 })).rejects.toThrow(/left alone/);
    expect(new Set(on.verbs())).toEqual(new Set(["showvminfo"])); // looked at, and no more
    expect(await on.desk.info(on.spec.uuid, "VMState")).toBe("running");
  });

  test("that is in no group of kluster's keeps its power and its media", async () => {
    await on.user("hostonlyif", "create");
    await on.user("modifyvm", on.spec.uuid, "--groups", "/mine");
    await on.machines.start(on.spec.uuid);
    await expect(on.machines.removeInstallMedia(on.spec.uuid)).rejects.toThrow(/left alone/);
    expect(await on.desk.info(on.spec.uuid, "VMState")).toBe("running");
  });
});

describe("a machine with snapshots", () => {
  const snapshot = (name: string) => on.user("snapshot", on.spec.uuid, "take", name);

  test("that hold the seed disk is destroyed with them: no secret is left", async () => {
    await snapshot("one");
    await snapshot("two");
    expect(await destroy()).toEqual([]);
    expect(await on.disks()).toEqual([]);
    expect(existsSync(on.home())).toBe(false);
  });

  test("that an earlier run has left in VirtualBox's registry is destroyed", async () => {
    await snapshot("one");
    await on.user(
      ...`storageattach ${on.spec.uuid} --storagectl SATA --port 1 --device 0 --medium none`.split(" "),
    );
    expect((await on.desk.call("unregistervm", on.spec.uuid, "--delete")).stderr).toMatch(
      /Cannot close medium '.*seed\.vdi' because it has 1 child media/,
    );
    expect(await on.disks()).toHaveLength(2);
    expect(await destroy()).toEqual([]);
    expect(await on.disks()).toEqual([]);
    expect(existsSync(on.home())).toBe(false);
  });

  test("of a disk that the user attached keeps that disk with all that was written to it since", async () => {
    await on.userDisk(on.desk.path("photos.vdi"), 3);
    await snapshot("one");
    const newest = (await on.desk.info(on.spec.uuid, "SATA-3-0"))!;
    const kept = await destroy();
    expect(kept).toHaveLength(1);
    expect(kept[0]).toContain(`${newest}, on top of ${on.desk.path("photos.vdi")}, was attached`);
    expect((await on.disks()).sort()).toEqual([newest, on.desk.path("photos.vdi")].sort());
    expect(existsSync(newest)).toBe(true);
  });

  test("that a disk of somebody else's is built on keeps its disk", async () => {
    await snapshot("one");
    const linked = on.desk.path("linked-clone.vdi");
    await on.user("createmedium", "disk", "--filename", linked, "--diffparent", on.home("disk.vdi"));
    expect((await destroy()).join("\n")).toMatch(/disk\.vdi is still used.*has 1 child media/);
    expect((await on.disks()).sort()).toEqual([on.home("disk.vdi"), linked].sort());
  });

  test("taken with the seed disk attached ends its installation with words, and then for good", async () => {
    await snapshot('my "first"');
    const ending = on.machines.removeInstallMedia(on.spec.uuid);
    await expect(ending).rejects.toThrow(/host key.*`VBoxManage snapshot 34608cb9.* delete 'my "first"'`/s);
    expect(await on.machines.observe(on.spec.uuid)).toMatchObject({ installed: true, disk: 64 });
    expect(await on.desk.info(on.spec.uuid, "SATA-1-0")).toBe("none");
    expect(await on.desk.info(on.spec.uuid, "SATA-2-0")).toBe("none");
    expect((await on.disks()).filter((file) => /Snapshots/.test(file))).toHaveLength(1); // the disk's
    await on.user("snapshot", on.spec.uuid, "delete", 'my "first"');
    expect(await on.machines.removeInstallMedia(on.spec.uuid)).toBe(true);
    expect(await on.disks()).toEqual([on.home("disk.vdi")]);
    expect(existsSync(on.home("seed.vdi"))).toBe(false);
    expect(await on.machines.removeInstallMedia(on.spec.uuid)).toBe(false);
  });
});

describe("a machine that VirtualBox cannot read", () => {
  const { uuid } = SPEC;
  const settings = () => on.home(`${SPEC.name}.vbox`);
  const folderIsAway = () => renameSync(on.home(), on.desk.path("away"));
  const settingsAreBroken = () => writeFileSync(settings(), '<?xml version="1.0"?><VirtualBox');

  test.each([
    ["observe", () => on.machines.observe(uuid)],
    ["update", () => on.machines.update(on.spec, on.spec)],
    ["create", () => on.machines.ensureCreated(on.spec, on.install)],
    ["start", () => on.machines.start(uuid)],
    ["end the installation of", () => on.machines.removeInstallMedia(uuid)],
  ])("to %s it fails with the next step, at once", async (_what, act) => {
    folderIsAway();
    const before = on.desk.time;
    const failure = await act().then(String, (error: Error) => error.message);
    expect(failure).toContain("VirtualBox cannot read the machine's settings");
    expect(failure).toMatch(/not mounted.*`VBoxManage unregistervm.*deletes nothing.*pulumi refresh/s);
    expect(failure).toContain(`Its settings file is ${settings()}`);
    expect(on.desk.time).toBe(before);
  });

  test("it is well again when its folder is back", async () => {
    folderIsAway();
    await expect(on.machines.observe(uuid)).rejects.toThrow();
    renameSync(on.desk.path("away"), on.home());
    expect(await on.machines.observe(uuid)).toMatchObject({ uuid, disk: 64 });
  });

  test("destroying it unregisters it, and says that files may be elsewhere", async () => {
    folderIsAway();
    expect((await destroy()).join("\n")).toMatch(/could not read .*\.vbox.*not mounted/);
    expect(await on.user("list", "vms")).toBe("");
    expect(readdirSync(on.desk.path("away")).sort()).toEqual(["disk.vdi", "kluster-dev-il.vbox", "seed.vdi"]);
    expect(await destroy()).toEqual([]);
  });

  test("destroying it deletes its disks where only its settings are broken, and nothing else", async () => {
    writeFileSync(on.home("notes.txt"), "mine");
    settingsAreBroken();
    expect((await destroy()).join("\n")).toMatch(/notes\.txt/);
    expect(await on.user("list", "vms")).toBe("");
    expect(readdirSync(on.home())).toEqual(["notes.txt"]);
  });

  test("in a folder that is not kluster's, it is unregistered and its files stay", async () => {
    await on.user("modifyvm", uuid, "--groups", "/mine");
    const elsewhere = on.desk.path(`VirtualBox VMs/mine/${SPEC.name}`);
    writeFileSync(`${elsewhere}/${SPEC.name}.vbox`, "");
    expect((await destroy()).join("\n")).toMatch(/mine\/kluster-dev-il.*its files were left/);
    expect(existsSync(`${elsewhere}/disk.vdi`)).toBe(true);
    expect(await on.user("list", "vms")).toBe("");
  });

  test("of somebody else's is in nobody's way", async () => {
    await on.desk.createMachine("theirs");
    rmSync(on.desk.path("vms/theirs"), { recursive: true });
    expect(await on.machines.observe(uuid)).toMatchObject({ uuid });
    expect(await destroy()).toEqual([]);
    expect(await on.user("list", "vms")).toContain('"<inaccessible>"');
  });
});
