import { dnsLearns } from "../support/dns";
import { testInLong } from "../support/in-long";
import { labOutput } from "../support/lab";
import { readyNodes } from "../support/kubernetes";
import { OnMachine, onMachines, outputOn, vms } from "../support/machines";
import { machines } from "../support/pulumi";
import { eventually } from "../support/wait";
import { unchanged } from "./unchanged";

const bootId = (run: OnMachine, machine: string) =>
  outputOn(run, machine, "cat /proc/sys/kernel/random/boot_id");

/** What the master proves by, and signs tokens with. */
const keysOf = (run: OnMachine) =>
  outputOn(run, "il", "sha256sum /var/lib/kluster/kubernetes/* /run/kubernetes/service-account-keys.pem");

export function rebooted(): void {
  comeBack(async () => {
    for (const { uuid } of await vms()) await labOutput(["VBoxManage", "controlvm", uuid, "reset"]);
  });
}

/** @param reset pushes the reset button of every machine */
export function comeBack(reset: () => Promise<void>): void {
  test("they come back from their disks with the same systems and keys, and the cluster with them", async () => {
    const before = await machines();
    const keys = await onMachines(keysOf);
    await onMachines(async (run) => {
      const names = Object.keys(before);
      const earlier = await Promise.all(names.map((name) => bootId(run, name)));
      await reset();
      for (const [index, name] of names.entries()) {
        await eventually(`${name} after its reset`, 90, async () => {
          expect(await bootId(run, name)).not.toBe(earlier[index]);
          const now = await outputOn(run, name, "readlink /run/current-system /run/booted-system");
          expect(now).toBe(`${before[name].system}\n${before[name].system}\n`);
        });
      }
    });
    await eventually("all nodes Ready again", 120, async () =>
      expect(await readyNodes()).toEqual(["ee", "il", "sam"]),
    );
    expect(await onMachines(keysOf)).toBe(keys);
  });

  testInLong("pods go on with the tokens that they have", async () => {
    await dnsLearns("after-the-reset");
  });

  unchanged();
}
