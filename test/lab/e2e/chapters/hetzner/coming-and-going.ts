import { addHost, removeHost } from "../../support/inventory";
import { forgetRequests, held, requests } from "../../support/hetzner";
import { kubectl, readyNodes } from "../../support/kubernetes";
import { onMachines, outputOn } from "../../support/machines";
import { plannedChanges, previewFindsNothing, refreshFindsNothing, up } from "../../support/pulumi";
import { eventually } from "../../support/wait";

const OLD = ["il", "ee", "sam"];

/** What must not start anew on a machine because another one comes or goes. */
const UNITS = ["kubelet", "containerd", "flannel", "kube-proxy", "sshd", "systemd-networkd", "wireguard-wg0"];

/** Which run of each unit, and of each link to another old machine, this is. */
async function runsOf(machines: string[]): Promise<Record<string, string>> {
  return onMachines(async (run) => {
    const found: Record<string, string> = {};
    for (const machine of machines) {
      const links = machines
        .filter((other) => other !== machine)
        .map((other) => `wireguard-wg0-peer-${other}`);
      const show = `systemctl show --property=Id,InvocationID ${[...UNITS, ...links].join(" ")}`;
      found[machine] = await outputOn(run, machine, `cat /proc/sys/kernel/random/boot_id; ${show}`);
    }
    return found;
  });
}

/** Fails with what the machines' units say of it if one of them has started anew. */
async function expectSameRuns(before: Record<string, string>): Promise<void> {
  const now = await runsOf(OLD);
  const disturbed = OLD.filter((machine) => now[machine] !== before[machine]);
  const journals = await onMachines((run) =>
    Promise.all(
      disturbed.map((machine) =>
        outputOn(run, machine, `journalctl --no-pager -n 200 ${UNITS.map((unit) => `-u ${unit}`).join(" ")}`),
      ),
    ),
  );
  expect({ runs: now, journals }).toEqual({ runs: before, journals: [] });
}

export function comingAndGoing(): void {
  let before: Record<string, string>;

  test("a machine more is ordered, installed and joins; the others learn of it and are not disturbed", async () => {
    before = await runsOf(OLD);
    await addHost("mo", { host: "10.64.0.14" });
    await forgetRequests();
    const planned = await plannedChanges();
    expect((planned.update ?? []).every((urn) => /^(nixos:Evaluation|.*Evaluation|.*System)/.test(urn))).toBe(
      true,
    );
    expect(planned.delete ?? []).toEqual([]);
    expect(planned.replace ?? []).toEqual([]);
    await up();
    expect(await readyNodes()).toEqual(["ee", "il", "mo", "sam"]);
    await expectSameRuns(before);
    const written = (await requests()).filter(({ method }) => method !== "GET");
    for (const { path } of written) expect(path).toMatch(/^\/(primary_ips|servers)/);
    await previewFindsNothing();
    await refreshFindsNothing();
  });

  test("it speaks to all others by WireGuard", async () => {
    await onMachines(async (run) => {
      for (const number of [11, 12, 13]) {
        await outputOn(run, "mo", `timeout 5 bash -c 'exec 3<>/dev/tcp/10.65.0.${number}/10250'`); // its kubelet
      }
    });
  });

  test("a machine less is drained, leaves the cluster and is deleted; the others are not disturbed", async () => {
    await removeHost("mo");
    await up();
    expect(await readyNodes()).toEqual(["ee", "il", "sam"]);
    expect(await kubectl(["get", "nodes", "-o", "name"])).not.toContain("mo");
    expect((await held()).filter((object) => object.includes("-mo"))).toEqual([]);
    await expectSameRuns(before);
    await eventually("nothing more to do", 10, previewFindsNothing);
    await refreshFindsNothing();
  });
}
