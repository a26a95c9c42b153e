import { addHost, removeHost } from "../../support/inventory";
import { forgetRequests, held, requests } from "../../support/hetzner";
import { kubectl, readyNodes } from "../../support/kubernetes";
import { onMachines, outputOn } from "../../support/machines";
import { plannedChanges, previewFindsNothing, refreshFindsNothing, up } from "../../support/pulumi";
import { eventually } from "../../support/wait";

const OLD = ["il", "ee", "sam"];

/** What must not start anew on a machine because another one comes or goes. */
const UNITS = ["kubelet", "containerd", "flannel", "kube-proxy", "sshd", "systemd-networkd", "wireguard-wg0"];

/** Of a machine, which boot it is and, by unit, which run of it; links to the other machines are units, too. */
type Runs = Record<string, string>;

async function runsOf(machines: string[]): Promise<Record<string, Runs>> {
  return onMachines(async (run) => {
    const found: Record<string, Runs> = {};
    for (const machine of machines) {
      const links = machines
        .filter((other) => other !== machine)
        .map((other) => `wireguard-wg0-peer-${other}`);
      const units = [...UNITS, ...links];
      const show = `systemctl show --property=InvocationID --value ${units.join(" ")}`;
      const said = await outputOn(run, machine, `cat /proc/sys/kernel/random/boot_id; echo; ${show}`);
      const [boot, ...runs] = said.trim().split(/\n+/);
      expect(runs).toHaveLength(units.length);
      found[machine] = { boot, ...Object.fromEntries(units.map((unit, index) => [unit, runs[index]])) };
    }
    return found;
  });
}

/**
 * Fails with the units that were started anew. What crashed and was started by systemd counts as the same run: that is
 * not what a machine that comes or goes does to the others, and was seen once when nothing had been done to them yet.
 */
async function expectSameRuns(before: Record<string, Runs>): Promise<void> {
  const now = await runsOf(OLD);
  await onMachines(async (run) => {
    for (const machine of OLD) {
      for (const unit of Object.keys(now[machine])) {
        const earlier = before[machine][unit];
        if (unit === "boot" || now[machine][unit] === earlier) continue;
        const end = await outputOn(run, machine, `journalctl --no-pager -o cat INVOCATION_ID=${earlier}`);
        if (/Failed with result/.test(end) && !/^Stopping /m.test(end)) now[machine][unit] = earlier;
      }
    }
  });
  expect(now).toEqual(before);
}

export function comingAndGoing(): void {
  let before: Record<string, Runs>;

  test("a machine more is ordered, installed and joins; the others learn of it and are not disturbed", async () => {
    before = await runsOf(OLD);
    await addHost("mo", { host: "10.64.0.14" });
    await forgetRequests();
    const planned = await plannedChanges();
    for (const urn of planned.update ?? []) expect(urn).toMatch(/Evaluation|System|Hosts/);
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
