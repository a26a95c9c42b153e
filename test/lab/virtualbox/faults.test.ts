import { existsSync, readFileSync } from "node:fs";
import { Desk } from "./desk";

let desk: Desk;

beforeEach(async () => {
  desk = new Desk();
  await desk.createMachine("il");
});
afterEach(() => desk.clear());

const modify = (memory: string) => desk.call("modifyvm", "il", "--memory", memory);

test.each([
  ["locked", /already locked for a session[\s\S]*VBOX_E_INVALID_OBJECT_STATE/],
  ["not-ready", /The object is not ready[\s\S]*E_ACCESSDENIED/],
  ["access-denied", /Code E_ACCESSDENIED \(0x80070005\)/],
  [
    "no-service",
    /Failed to create the VirtualBox object![\s\S]*COM server is not running or failed to start/,
  ],
] as const)("%s hits as many calls as told, and no others", async (error, message) => {
  desk.setFaults({ calls: [{ verb: "modifyvm", contains: "il", times: 2, error }] });
  expect(await desk.info("il", "memory")).toBe("1024");
  for (const memory of ["2048", "2049"]) {
    const answer = await modify(memory);
    expect(answer.exit).toBe(1);
    expect(answer.stderr).toMatch(message);
    expect(await desk.info("il", "memory")).toBe("1024");
  }
  expect((await modify("3072")).exit).toBe(0);
  expect(await desk.info("il", "memory")).toBe("3072");
});

test("a call can do its work and report an error all the same", async () => {
  desk.setFaults({ calls: [{ verb: "hostonlyif", times: 1, error: "access-denied", afterwards: true }] });
  expect((await desk.call("hostonlyif", "create")).exit).toBe(1);
  expect(await desk.run("list", "hostonlyifs")).toContain("vboxnet0");
});

test("calls can be let through first", async () => {
  desk.setFaults({ calls: [{ verb: "modifyvm", skip: 1, times: 1, error: "locked" }] });
  expect([(await modify("2048")).exit, (await modify("2048")).exit, (await modify("2048")).exit]).toEqual([
    0, 1, 0,
  ]);
});

test("only calls with the given words are hit", async () => {
  desk.setFaults({ calls: [{ verb: "modifyvm", contains: "--cpus", times: 1, error: "locked" }] });
  expect((await modify("2048")).exit).toBe(0);
  expect((await desk.call("modifyvm", "il", "--cpus", "2")).exit).toBe(1);
});

test("a delayed call does its work", async () => {
  desk.setFaults({ calls: [{ verb: "modifyvm", times: 1, delay: 1 }] });
  expect((await modify("2048")).exit).toBe(0);
  expect(JSON.parse(readFileSync(desk.path("virtualbox/faults.json"), "utf8")).calls[0].times).toBe(0);
});

test("without the kernel driver its warning can come before every answer", async () => {
  desk.setFaults({ driverWarning: true });
  const stdout = await desk.run("--version");
  expect(stdout).toMatch(/^WARNING: The character device \/dev\/vboxdrv does not exist\./);
  expect(stdout).toMatch(/\n7\.2\.22_Debianr175245\n$/);
});

test("the moment for which a VM stays locked can be made as long as one likes", async () => {
  desk.setFaults({ unlockDelay: 60_000 });
  await desk.run("startvm", "il", "--type", "headless");
  await desk.run("controlvm", "il", "poweroff");
  desk.time += 59_000;
  expect((await modify("2048")).exit).toBe(1);
  desk.time += 2_000;
  expect((await modify("2048")).exit).toBe(0);
});

test("a broken faults.json is named", async () => {
  const { writeFileSync } = await import("node:fs");
  writeFileSync(desk.path("virtualbox/faults.json"), "{");
  await expect(desk.call("--version")).rejects.toThrow("faults.json is no valid JSON");
  expect(existsSync(desk.path("virtualbox/faults.json"))).toBe(true);
});
