import { casesOf, testInLong } from "../support/in-long";
import { addHost, removeHost, setHost } from "../support/inventory";
import { killDuring } from "../support/kill";
import { apply, kubectl, tryKubectl } from "../support/kubernetes";
import { labOutput } from "../support/lab";
import { vmInfo, vmOf, vms } from "../support/machines";
import { inState, plannedChanges, pulumi, up } from "../support/pulumi";
import { clusterIsWhole } from "../support/whole";

const MO = { host: "192.168.56.14" };

/** Changes of machines that were begun, killed, and are not in the inventory any more when `up` is run next. */
export function takenBack(): void {
  testInLong("a machine whose memory was being changed gets what it had, and runs", async () => {
    const uuid = await vmOf("ee");
    const { memory } = await vmInfo(uuid);
    await setHost("ee", "memory", Number(memory) + 256);
    await killDuring("up", async () => (await vmInfo(uuid)).VMState !== "running");
    await setHost("ee", "memory", Number(memory));
    for (const _look of ["at once", "after a refresh"]) {
      expect((await plannedChanges()).update).toContainEqual(
        expect.stringMatching(/virtualbox:Machine::ee$/),
      );
      await pulumi("refresh", "--yes");
    }
    await up();
    expect(await vmInfo(uuid)).toMatchObject({ memory, VMState: "running" });
    await clusterIsWhole();
  });

  const moments: [string, () => Promise<boolean>][] = [
    ["made", async () => (await vms()).length === 4],
    ["booted for its installation", () => inState("kluster-provider:virtualbox:Machine::mo")],
  ];
  test.each(casesOf(moments, "made"))(
    "a machine that was being %s and is not wanted any more is gone with its disks",
    async (_act, moment) => {
      await addHost("mo", MO);
      await killDuring("up", moment);
      await removeHost("mo");
      await up();
      expect(await vms()).toHaveLength(3);
      expect(await labOutput(["VBoxManage", "list", "hdds"])).not.toContain("-mo");
      await clusterIsWhole();
    },
  );

  test("a node that was being taken out of the cluster is in it again, and takes pods", async () => {
    // The node is being emptied for as long as this pod takes to end: time enough to be killed in.
    await apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "slow" },
      spec: {
        nodeName: "sam",
        containers: [
          {
            ...{ name: "main", image: "pause:latest", imagePullPolicy: "Never" },
            lifecycle: { preStop: { sleep: { seconds: 20 } } },
          },
        ],
      },
    });
    await kubectl(["wait", "pod/slow", "--for=condition=Ready", "--timeout=300s"]);
    const putBack = await removeHost("sam");
    await killDuring("up", async () => {
      const { stdout, stderr } = await tryKubectl([
        "get",
        "node",
        "sam",
        "-o",
        "jsonpath={.spec.unschedulable}",
      ]);
      return stdout === "true" || /NotFound/.test(stderr);
    });
    putBack();
    await up();
    await clusterIsWhole();
    expect(await kubectl(["get", "nodes", "-o", "jsonpath={.items[*].spec.unschedulable}"])).toBe("");
  });
}
