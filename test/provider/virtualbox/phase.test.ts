import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Machines } from "../../../provider/virtualbox/machine";
import { adviceOn, Phase, phaseOf } from "../../../provider/virtualbox/phase";
import { VBoxManage } from "../../../provider/virtualbox/vboxmanage";
import { look, Vm } from "../../../provider/virtualbox/vm";
import { FakeBox } from "./fake-box";
import { seed, SPEC } from "./sample";

let folder: string;
let box: FakeBox;
let waits: string[];
let machines: Machines;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kluster-phase-"));
  box = new FakeBox(folder);
  waits = [];
  machines = new Machines(
    new VBoxManage(box.run, { clock: box.clock, onWait: (message) => waits.push(message) }),
  );
  const iso = join(folder, "nixos.iso");
  writeFileSync(iso, "");
  await machines.ensureCreated(SPEC, { iso, seed });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The machine gets into this state, and by itself into the other once it has been looked at a few times. */
function is(state: string, then?: string): void {
  const vm = box.vms.get(SPEC.uuid)!;
  vm.state = state;
  box.calls.length = 0;
  if (then === undefined) return;
  const { run } = box;
  let looks = 0;
  machines = new Machines(
    new VBoxManage(
      (command, args, options) => {
        if (args[0] === "showvminfo" && ++looks === 4) vm.state = then;
        return run(command, args, options);
      },
      { clock: box.clock, onWait: (message) => waits.push(message) },
    ),
  );
}

/** What was done to the machine, without the looks at it. */
const done = () =>
  box.calls
    .filter(([verb]) => verb !== "showvminfo")
    .map(([verb, , act]) => (verb === "controlvm" ? act : verb));
const state = () => box.vms.get(SPEC.uuid)!.state;

test.each<[string, Phase]>([
  ["poweroff", "off"],
  ["aborted", "off"],
  ["teleported", "off"],
  ["saved", "saved"],
  ["aborted-saved", "saved"],
  ["running", "running"],
  ["paused", "paused"],
  ["gurumeditation", "stuck"],
  ...[
    ...["starting", "stopping", "saving", "restoring", "settingup", "snapshotting", "onlinesnapshotting"],
    ...["livesnapshotting", "restoringsnapshot", "deletingsnapshot", "deletingsnapshotlive"],
    ...["deletingsnapshotlivepaused", "teleporting", "a word of a later release"],
  ].map((word): [string, Phase] => [word, "passing"]),
])("VirtualBox's %s is %s", (word, phase) => expect(phaseOf({ state: word })).toBe(phase));

describe("starting", () => {
  test.each([
    ["poweroff", ["startvm"]],
    ["aborted", ["startvm"]],
    ["saved", ["startvm"]],
    ["aborted-saved", ["startvm"]],
    ["paused", ["resume"]],
    ["gurumeditation", ["poweroff", "startvm"]],
    ["running", []],
  ])("a machine that is %s: %j", async (before, acts) => {
    is(before);
    await machines.start(SPEC.uuid);
    expect([state(), done()]).toEqual(["running", acts]);
  });

  test.each([
    ["starting", "running", []],
    ["saving", "saved", ["startvm"]],
    ["stopping", "poweroff", ["startvm"]],
    ["deletingsnapshot", "poweroff", ["startvm"]],
    ["deletingsnapshotlivepaused", "paused", ["resume"]],
  ])("one that is %s is waited for, and is %s then: %j", async (before, then, acts) => {
    is(before, then);
    await machines.start(SPEC.uuid);
    expect([state(), done()]).toEqual(["running", acts]);
    expect(waits).toContain(`waiting for VirtualBox: ${SPEC.name} is ${before}`);
  });
});

describe("powering off", () => {
  test.each([
    ["running", ["acpipowerbutton"]],
    ["paused", ["resume", "acpipowerbutton"]],
    ["saved", ["startvm", "acpipowerbutton"]],
    ["aborted-saved", ["startvm", "acpipowerbutton"]],
    ["gurumeditation", ["poweroff"]],
    ["aborted", []],
  ])("a machine that is %s, so that its system can write its files: %j", async (before, acts) => {
    is(before);
    await machines.powerOff(SPEC.uuid);
    expect(done()).toEqual(acts);
  });

  test.each([
    ["saved", ["discardstate"]],
    ["aborted-saved", ["discardstate"]],
    ["paused", ["poweroff"]],
    ["gurumeditation", ["poweroff"]],
  ])("one that is %s and shall not survive: %j", async (before, acts) => {
    is(before);
    await machines.powerOff(SPEC.uuid, { patience: 0 });
    expect([state(), done()]).toEqual(["poweroff", acts]);
  });

  test("one that is being saved is waited for, and goes on to be shut down", async () => {
    is("saving", "saved");
    await machines.powerOff(SPEC.uuid);
    expect(done()).toEqual(["startvm", "acpipowerbutton"]);
  });

  test("one that never settles is named with its state, and what ends its process", async () => {
    is("starting");
    await expect(machines.powerOff(SPEC.uuid)).rejects.toThrow(
      /does not come to rest: it is still starting after 600 s.*emergencystop/,
    );
    expect(done()).toEqual([]);
  });
});

test("a description that breaks off, as of a machine that goes down, is asked for again", async () => {
  const stdout = 'name="kluster-dev-il"\nVMState="run';
  const stderr = "VBoxManage: error: Code NS_ERROR_CALL_FAILED (0x800706be) - Call to remote object failed\n";
  box.faults = [{ pattern: /^showvminfo/, times: 2, answer: { code: 1, stdout, stderr } }];
  expect(await machines.observe(SPEC.uuid)).toMatchObject({ name: SPEC.name });
});

test.each([
  ["paused", /is paused; `VBoxManage controlvm .* resume`/],
  ["saved", /saved on disk; `VBoxManage startvm .*`VBoxManage discardstate/],
  ["aborted-saved", /saved on disk; `VBoxManage startvm .*`VBoxManage discardstate/],
  ["gurumeditation", /guru meditation.*`VBoxManage controlvm .* poweroff`/],
  ["deletingsnapshot", /at work on it/],
])("what %s means is said with the next step", async (word, text) => {
  is(word);
  expect(adviceOn((await look(machines.vbox, SPEC.uuid))!)).toMatch(text);
});

test("of a machine that is off it is said who cannot be told to let go of it", () => {
  const vm = { state: "poweroff", locked: true } as Vm;
  expect([adviceOn(vm), adviceOn({ ...vm, locked: false })]).toEqual([
    "It is off, and another program holds it.",
    undefined,
  ]);
});
