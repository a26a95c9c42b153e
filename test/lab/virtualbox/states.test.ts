import { existsSync } from "node:fs";
import { thisProcess } from "../../../lab/virtualbox/sessions";
import { Desk } from "./desk";

let desk: Desk;
let uuid: string;
beforeEach(async () => {
  desk = new Desk();
  uuid = await desk.createMachine("il");
  await desk.run("startvm", "il", "--type", "headless");
});
afterEach(() => desk.clear());

/** As after a while, when the session is unlocked. */
const later = () => (desk.time += 10_000);
const state = () => desk.info("il", "VMState");

describe("a saved state", () => {
  beforeEach(async () => {
    await desk.run("controlvm", "il", "savestate");
    later();
  });

  test("is a file, which is gone when the machine has gone on from it", async () => {
    const file = (await desk.info("il", "VMStateFile"))!;
    expect([await state(), existsSync(file)]).toEqual(["saved", true]);
    await desk.run("startvm", "il", "--type", "headless");
    expect([await state(), existsSync(file)]).toEqual(["running", false]);
    expect(await desk.info("il", "VMStateFile")).toBeUndefined();
  });

  test("is kept when the machine does not start", async () => {
    desk.setFaults({ noDriver: true });
    expect((await desk.call("startvm", "il", "--type", "headless")).exit).toBe(1);
    expect(await state()).toBe("saved");
  });

  test("is dropped by discardstate, which complains of nothing to drop without failing", async () => {
    await desk.run("discardstate", "il");
    expect(await state()).toBe("poweroff");
    const { exit, stderr } = await desk.call("discardstate", "il");
    expect([exit, stderr]).toEqual([0, expect.stringContaining("Cannot discard the saved state")]);
  });

  test.each(["modifyvm il --memory 512", "storageattach il --storagectl SATA --port 0 --medium none"])(
    "keeps %s from working",
    async (call) => {
      const { exit, stderr } = await desk.call(...call.split(" "));
      expect([exit, stderr]).toEqual([1, expect.stringContaining("(state is Saved)")]);
    },
  );
});

test("a machine whose process ended as it should not have is aborted, until it is started", async () => {
  await desk.run("startvm", "il", "--type", "emergencystop");
  later();
  expect(await state()).toBe("aborted");
  const again = await desk.call("startvm", "il", "--type", "emergencystop");
  expect([again.exit, again.stderr]).toEqual([1, expect.stringContaining("does not have a VM process")]);
  await desk.run("startvm", "il", "--type", "headless");
  expect(await state()).toBe("running");
});

test("the description of a machine that goes down breaks off", async () => {
  const whole = await desk.run("showvminfo", uuid, "--machinereadable");
  const known = desk.box.store.read();
  known.machines[0].power = { phase: "stopping", since: new Date().toISOString(), worker: thisProcess() };
  await desk.box.store.locked(async () => desk.box.store.write(known));
  const { exit, stdout } = await desk.call("showvminfo", uuid, "--machinereadable");
  expect(exit).toBe(1);
  expect(stdout).toContain('VMState="stopping"');
  expect(stdout.length).toBeLessThan(whole.length - 500);
});

test("a disk whose file is gone tells so", async () => {
  await desk.run("controlvm", "il", "poweroff");
  const disk = desk.path("vms/il/disk.vdi");
  const { rmSync } = await import("node:fs");
  rmSync(disk);
  const text = await desk.run("showmediuminfo", "disk", disk);
  expect(text).toMatch(/^State: +inaccessible\nAccess Error: +Could not open the medium/m);
  expect(text).toMatch(/^Capacity: +64 MBytes$/m);
});
