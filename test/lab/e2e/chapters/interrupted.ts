import { killDuring } from "../support/kill";
import { labOutput } from "../support/lab";
import { readyNodes } from "../support/kubernetes";
import { expectDisksOnly, vmInfo, vms } from "../support/machines";
import { destroy, previewFindsNothing, up } from "../support/pulumi";

export function interrupted(): void {
  test.each([
    ["virtual machines are being made", async () => (await vms()).length >= 2],
    ["NixOS has been installed on one of them", async () => someBootsFromDisk()],
  ])("in the middle of up, when %s: nothing of it goes on behind one's back", (_moment, moment) =>
    killDuring("up", moment),
  );

  test("up, run again, finishes with no second VM", async () => {
    await up();
    expect((await vms()).length).toBe(3);
    await expectDisksOnly();
    expect(await readyNodes()).toEqual(["ee", "il", "sam"]);
    await previewFindsNothing();
  });

  test("in the middle of destroy: run again, it finishes, with nothing left", async () => {
    await killDuring("destroy", async () => (await vms()).length <= 2);
    await destroy();
    expect(await vms()).toEqual([]);
    for (const kind of ["hdds", "dvds"])
      expect((await labOutput(["VBoxManage", "list", kind])).trim()).toBe("");
  });
}

/** An installed machine's boot order begins with its disk. */
async function someBootsFromDisk(): Promise<boolean> {
  for (const { uuid } of await vms()) if ((await vmInfo(uuid)).boot1 === "disk") return true;
  return false;
}
