import { existsSync } from "node:fs";
import { OnLab } from "./on-lab";

jest.setTimeout(60_000);

let on: OnLab;
beforeEach(async () => {
  on = new OnLab();
  await on.user("hostonlyif", "create");
  await on.machines.ensureCreated(on.spec, on.install);
  await on.machines.start(on.spec.uuid);
  await on.user("controlvm", on.spec.uuid, "pause");
  on.calls.length = 0;
});
afterEach(() => on.desk.clear());

const done = () =>
  on.calls.filter(([verb]) => verb === "controlvm" || verb === "startvm").map((call) => call.at(-1));

test("a machine that somebody paused is not running, and goes on where it shall run", async () => {
  expect(await on.machines.observe(on.spec.uuid)).toMatchObject({ running: false });
  const before = on.desk.time;
  await on.machines.start(on.spec.uuid);
  expect(done()).toEqual(["resume"]);
  expect(on.desk.time).toBe(before);
  expect(await on.machines.observe(on.spec.uuid)).toMatchObject({ running: true });
});

test("it goes on before it is shut down: the power of a system that could not write its files is not cut", async () => {
  const shutdown = on.machines.powerOff(on.spec.uuid, { patience: 1_000 });
  await shutdown;
  expect(done()).toEqual(["resume", "acpipowerbutton", "poweroff"]); // the fake machine ignores the button
});

test("where its power is to be cut at once, that is done", async () => {
  await on.machines.powerOff(on.spec.uuid, { patience: 0 });
  expect(done()).toEqual(["poweroff"]);
});

describe("a machine whose state somebody saved", () => {
  beforeEach(async () => {
    await on.user("controlvm", on.spec.uuid, "resume");
    await on.user("controlvm", on.spec.uuid, "savestate");
    on.desk.time += 10_000;
  });

  test("goes on where it shall run", async () => {
    await on.machines.start(on.spec.uuid);
    expect(await on.machines.observe(on.spec.uuid)).toMatchObject({ running: true });
    expect(on.verbs()).not.toContain("discardstate");
  });

  test("goes on before it is changed, so that it loses nothing that it has not written", async () => {
    await on.machines.update(on.spec, { ...on.spec, memory: 1024 });
    expect(done()).toEqual(["headless", "acpipowerbutton", "poweroff"]);
    expect(await on.machines.observe(on.spec.uuid)).toMatchObject({ memory: 1024, running: false });
  });

  test("is destroyed with the file of its state", async () => {
    await on.machines.destroy(on.spec);
    expect([await on.user("list", "vms"), existsSync(on.home())]).toEqual(["", false]);
  });
});

describe("a machine that VirtualBox has stopped (guru meditation)", () => {
  beforeEach(async () => {
    await on.user("controlvm", on.spec.uuid, "resume");
    on.desk.setFaults({ stuck: [on.spec.name] });
    on.calls.length = 0;
  });

  test("is not running; where it shall run, its power is cut, and it starts anew", async () => {
    expect(await on.machines.observe(on.spec.uuid)).toMatchObject({ running: false });
    await on.machines.start(on.spec.uuid);
    expect([...new Set(done())]).toEqual(["poweroff", "headless"]); // it stays locked for a moment
    expect(await on.machines.observe(on.spec.uuid)).toMatchObject({ running: true });
  });

  test("is destroyed", async () => {
    await on.machines.destroy(on.spec);
    expect(await on.user("list", "vms")).toBe("");
  });
});

describe("a machine that did not come far from its saved state (aborted-saved)", () => {
  beforeEach(async () => {
    await on.user("controlvm", on.spec.uuid, "resume");
    await on.user("controlvm", on.spec.uuid, "savestate");
    on.desk.time += 10_000;
    const { store } = on.desk.box;
    await store.locked(async () => {
      const state = store.read();
      state.machines[0]!.power.aborted = true;
      store.write(state);
    });
    on.calls.length = 0;
  });

  test("goes on from it where it shall run", async () => {
    expect(await on.user("showvminfo", on.spec.uuid, "--machinereadable")).toContain(
      'VMState="aborted-saved"',
    );
    await on.machines.start(on.spec.uuid);
    expect(done()).toEqual(["headless"]);
    expect(on.verbs()).not.toContain("discardstate");
  });

  test("is destroyed with the file of its state", async () => {
    await on.machines.destroy(on.spec);
    expect([await on.user("list", "vms"), existsSync(on.home())]).toEqual(["", false]);
  });
});
