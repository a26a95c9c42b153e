import { cisBenchmark } from "./cis-benchmark";
import { kubectl, tryKubectl } from "../support/kubernetes";
import { onMachines, outputOn } from "../support/machines";

/** What nobody asked for, and everybody who trusts the cluster with his data expects. */
export function secureByDefault(): void {
  const hidden = "5ecret-of-a-user";
  const open = "c0nfiguration-of-a-user";
  const wherever = (text: string, ...folders: string[]) =>
    onMachines((run) => outputOn(run, "il", `grep -rlaF ${text} ${folders.join(" ")}; true`));

  test("a Secret is encrypted in etcd", async () => {
    await kubectl(["create", "secret", "generic", "hidden", `--from-literal=it=${hidden}`]);
    await kubectl(["create", "configmap", "open", `--from-literal=it=${open}`]);
    expect(await wherever(open, "/var/lib/etcd")).not.toBe(""); // so that finding nothing means something
    expect(await wherever(hidden, "/var/lib/etcd")).toBe("");
  });

  test("who made it is written down, and not what is in it", async () => {
    const log = "/var/log/kubernetes/audit.log";
    const events = await onMachines((run) => outputOn(run, "il", `grep -F '"name":"hidden"' ${log}`));
    const [event] = events
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(event).toMatchObject({
      verb: "create",
      objectRef: { resource: "secrets", namespace: "default", name: "hidden" },
      user: { username: "kubernetes-admin", groups: expect.arrayContaining(["kluster:administrators"]) },
    });
    expect(await wherever(hidden, "/var/log")).toBe("");
    expect(await onMachines((run) => outputOn(run, "il", `stat -c '%U %a' ${log}`))).toBe("kubernetes 600\n");
  });

  test("nothing shows its inner life, to administrators neither", async () => {
    for (const path of ["/debug/pprof/", "/debug/flags/v"])
      expect((await tryKubectl(["get", "--raw", path])).code).not.toBe(0);
  });

  test("administrators are so by a binding, which can be taken away", async () => {
    const groups = JSON.parse(await kubectl(["auth", "whoami", "-o", "json"])).status.userInfo.groups;
    expect(groups).not.toContain("system:masters");
    expect(groups).toContain("kluster:administrators");
  });

  describe("as the CIS benchmark asks", cisBenchmark);
}
