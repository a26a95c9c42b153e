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
