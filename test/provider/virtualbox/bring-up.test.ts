import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bringUp } from "../../../provider/virtualbox/bring-up";
import { Machines } from "../../../provider/virtualbox/machine";
import { VBoxManage } from "../../../provider/virtualbox/vboxmanage";
import { FakeBox } from "./fake-box";
import { seed, SPEC as spec } from "./sample";

let folder: string;
let box: FakeBox;
let vbox: VBoxManage;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kluster-bring-up-"));
  box = new FakeBox(folder);
  vbox = new VBoxManage(box.run, { clock: box.clock, routes: box.routes });
  box.interfaces = [{ name: "vboxnet0", address: "192.168.56.1", netmask: "255.255.255.0", dhcp: false }];
  const iso = join(folder, "nixos.iso");
  writeFileSync(iso, "");
  await new Machines(vbox).ensureCreated(spec, { iso, seed });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const typedLines = () => box.calls.filter((call) => call.includes("keyboardputscancode")).length;

/** Answers once so many lines have been typed. */
const afterLines = (lines: number) => {
  const asked: string[] = [];
  return {
    address: "192.168.56.11",
    asked,
    answers: async () => (asked.push("installer"), typedLines() >= lines),
    waitForSystem: async () => void asked.push("system"),
  };
};

test("a machine that is off and not installed is started, and its installer gets the line until it answers", async () => {
  await bringUp(vbox, spec.uuid, afterLines(2));
  expect(box.vms.get(spec.uuid)!.state).toBe("running");
  expect(typedLines()).toBe(2);
});

test("so does one that runs an installer which was booted again and knows nothing", async () => {
  await new Machines(vbox).start(spec.uuid);
  await bringUp(vbox, spec.uuid, afterLines(1));
  expect(typedLines()).toBe(1);
});

test("nothing is typed at one that answers already", async () => {
  await new Machines(vbox).start(spec.uuid);
  await bringUp(vbox, spec.uuid, afterLines(0));
  expect(typedLines()).toBe(0);
});

test("nothing is typed at an installed one: its system is waited for", async () => {
  await new Machines(vbox).removeInstallMedia(spec.uuid);
  const answering = afterLines(0);
  await bringUp(vbox, spec.uuid, answering);
  expect(box.vms.get(spec.uuid)!.state).toBe("running");
  expect([typedLines(), answering.asked]).toEqual([0, ["system"]]);
});

test("nothing is typed at one whose packets go elsewhere: who gets them is said", async () => {
  box.otherRoutes = [{ interface: "br-5f2a", address: "192.168.56.0", prefixLength: 24 }];
  await expect(bringUp(vbox, spec.uuid, afterLines(1))).rejects.toThrow(/to its interface br-5f2a/);
  expect(typedLines()).toBe(0);
});

test("the network of one that runs is brought up first", async () => {
  await new Machines(vbox).start(spec.uuid);
  box.interfaces[0].down = true;
  await bringUp(vbox, spec.uuid, afterLines(1));
  expect(box.interfaces[0].down).toBeUndefined();
});

test("one that is gone is said to be gone", async () => {
  await expect(bringUp(vbox, "00000000-0000-4000-8000-00000000dead", afterLines(0))).rejects.toThrow(
    /does not know the machine .*dead any more\. `pulumi refresh`, then `pulumi up` makes it anew/,
  );
});
