import { kubectl } from "../support/kubernetes";
import { inLab, labOutput } from "../support/lab";
import { onMachines, outputOn } from "../support/machines";
import { machines } from "../support/pulumi";

/** On the machines' own network; at Hetzner the cloud's firewall is in front of it. */
export function outside(): void {
  test("whoever routes the Services' addresses to a machine from outside does not get there", async () => {
    const { address } = (await machines()).ee;
    const service = (
      await kubectl(["get", "service", "kubernetes", "-o", "jsonpath={.spec.clusterIP}"])
    ).trim();
    const reaches = async () =>
      (await inLab(["timeout", "5", "bash", "-c", `exec 3<>/dev/tcp/${service}/443`])).code === 0;
    await labOutput(["ip", "route", "add", `${service}/32`, "via", address]);
    try {
      expect(await reaches()).toBe(false);
      // So that it is the rule that does it, and not the road.
      const rule = "kluster-outside -d 10.96.0.0/16 -j DROP";
      await onMachines((run) => outputOn(run, "ee", `iptables -w -t raw -D ${rule}`));
      expect(await reaches()).toBe(true);
      await onMachines((run) => outputOn(run, "ee", `iptables -w -t raw -A ${rule}`));
    } finally {
      await labOutput(["ip", "route", "del", `${service}/32`, "via", address]);
    }
  });
}
