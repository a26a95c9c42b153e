import { testInLong } from "../support/in-long";
import { labOutput } from "../support/lab";
import { onMachines, outputOn, vmInfo, vmOf, vms } from "../support/machines";
import { plannedChanges, previewFindsNothing, pulumi, up } from "../support/pulumi";
import { eventually } from "../support/wait";
import { clusterIsWhole } from "../support/whole";
import { setHost } from "../support/inventory";

const refresh = () => pulumi("refresh", "--yes");

export function drift(): void {
  test("a machine that was powered off by hand is found by refresh and started by up", async () => {
    const uuid = await vmOf("ee");
    await labOutput(["VBoxManage", "controlvm", uuid, "poweroff"]);
    await previewFindsNothing(); // a preview looks at nothing but the state
    await refresh();
    // The system cannot be looked at, and is not taken to be unchanged for that.
    const { update } = await plannedChanges();
    for (const what of ["virtualbox:Machine::ee", "nixos:System::ee"])
      expect(update.filter((urn) => urn.endsWith(what))).toHaveLength(1);
    await up();
    expect((await vmInfo(await vmOf("ee"))).VMState).toBe("running");
    expect(await vmOf("ee")).toBe(uuid);
    await clusterIsWhole();
  });

  test("a machine that was deleted by hand is found by refresh and made again by up", async () => {
    const uuid = await vmOf("sam");
    await labOutput(["VBoxManage", "controlvm", uuid, "poweroff"]);
    await eventually("VirtualBox to unlock the machine that has just gone off", 30, () =>
      labOutput(["VBoxManage", "unregistervm", uuid, "--delete"]),
    );
    await refresh();
    await up();
    expect((await vms()).length).toBe(3);
    await clusterIsWhole();
  });

  testInLong("memory is changed in place: the same machine, the same disk, more memory", async () => {
    const uuid = await vmOf("ee");
    const identity = (read: string) => onMachines((run) => outputOn(run, "ee", read));
    const disk = await identity("findmnt -no UUID /; cat /etc/machine-id");
    await setHost("ee", "memory", 2304);
    const changes = await plannedChanges();
    expect(Object.keys(changes)).toEqual(["update"]);
    await up();
    expect(await vmOf("ee")).toBe(uuid);
    expect((await vmInfo(uuid)).memory).toBe("2304");
    expect(await identity("findmnt -no UUID /; cat /etc/machine-id")).toBe(disk);
    await clusterIsWhole();
  });
}
