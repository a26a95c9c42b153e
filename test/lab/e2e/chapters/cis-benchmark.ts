import { failingFiles, FILES, lookAtFiles, SETTINGS } from "../../../support/cis/checks";
import { openAmong } from "../../../support/cis/open";
import { settingsOf, UNITS } from "../../../support/cis/settings";
import { apply, kubectl, tryKubectl } from "../support/kubernetes";
import { OnMachine, onMachines, outputOn } from "../support/machines";
import { eventually } from "../support/wait";

const KUBERNETES_OWN = "kubernetes.io/bootstrapping";
const auditLog = "/var/log/kubernetes/audit.log";

/** What the units of a machine really run with. */
async function settingsOn(run: OnMachine, machine: string) {
  const said = await outputOn(
    run,
    machine,
    `for unit in ${UNITS.join(" ")} etcd; do
      pid=$(systemctl show --property=MainPID --value $unit)
      [ "$pid" != 0 ] || continue
      if [ $unit = etcd ]; then file=environ; else file=cmdline; fi
      echo "$unit $(tr '\\0\\n' '  ' </proc/$pid/$file)"
    done`,
  );
  const { etcd, ...lines } = Object.fromEntries(
    said
      .trim()
      .split("\n")
      .map((line) => line.split(/ (.*)/, 2)),
  ) as Record<string, string>;
  const environment =
    etcd && Object.fromEntries([...etcd.matchAll(/(ETCD_\w+)=(\S*)/g)].map(([, key, is]) => [key, is]));
  return settingsOf(lines, environment || undefined, (path) => outputOn(run, machine, `cat ${path}`));
}

/** The same checks as of the systems in test/lab/nixpkgs/cis.test.ts, of what runs; and those of files and objects. */
export function cisBenchmark(): void {
  test.each(["il", "ee"])("flags of what runs on %s", async (machine) => {
    const on = await onMachines((run) => settingsOn(run, machine));
    expect(on.apiServer !== undefined).toBe(machine === "il");
    const failing = Object.keys(SETTINGS).filter((id) => !SETTINGS[id](on));
    const open = openAmong(Object.keys(SETTINGS));
    expect(machine === "il" ? failing : failing.filter((id) => !open.includes(id))).toEqual(
      machine === "il" ? open : [],
    );
  });

  test.each([
    ["il", true],
    ["ee", false],
  ])("files on %s", async (machine, isMaster) => {
    const said = await onMachines((run) => outputOn(run, machine, lookAtFiles(isMaster)));
    const { failing, silent } = failingFiles(said, isMaster);
    const asked = Object.keys(FILES).filter((id) => isMaster || !FILES[id].masterOnly);
    expect({ failing, said }).toEqual({ failing: openAmong(asked), said });
    // No machine has an administrator's kubeconfig.
    expect(silent).toEqual(isMaster ? ["1.1.13", "1.1.14"] : []);
  });

  test("what encrypts Secrets is secretbox", async () => {
    const found = await onMachines((run) =>
      outputOn(run, "il", "grep -rlaF k8s:enc:secretbox:v1: /var/lib/etcd; true"),
    );
    expect(found).not.toBe("");
  });

  test("rights: who has which", async () => {
    const { items } = JSON.parse(await kubectl(["get", "clusterrolebindings", "-o", "json"]));
    const administrators = items
      .filter(({ roleRef }: any) => roleRef.name === "cluster-admin")
      .flatMap(({ subjects }: any) => subjects.map(({ name }: any) => name));
    expect(administrators.sort()).toEqual(["kluster:administrators", "system:masters"]);
    for (const [verb, what] of [
      ["list", "secrets"],
      ["create", "pods"],
    ]) {
      const as = ["--all-namespaces", "--as=somebody", "--as-group=system:authenticated"];
      expect((await tryKubectl(["auth", "can-i", verb, what, ...as])).stdout).toBe("no\n");
    }
    const roles = JSON.parse(await kubectl(["get", "roles,clusterroles", "--all-namespaces", "-o", "json"]));
    const ofEverything = roles.items
      .filter(({ metadata }: any) => !(KUBERNETES_OWN in (metadata.labels ?? {})))
      .filter(({ rules }: any) => rules?.some((rule: any) => rule.resources?.includes("*")))
      .map(({ metadata }: any) => [metadata.namespace, metadata.name].filter(Boolean).join("/"));
    expect(ofEverything.sort()).toEqual([
      "kube-system/system:kube-addon-manager",
      "system:kube-addon-manager:cluster-lister",
    ]);
    const { userInfo } = JSON.parse(await kubectl(["auth", "whoami", "-o", "json"])).status;
    expect([userInfo.username, ...userInfo.groups]).not.toContainEqual(
      expect.stringMatching(/^system:(masters|serviceaccount)/),
    );
  });

  test("who gets into a pod is written down", async () => {
    await kubectl(["exec", "visitor", "--", "/usr/bin/true"]);
    await eventually("the audit log to have it", 30, async () => {
      const find = `grep -F '"subresource":"exec"' ${auditLog} | grep -F '"name":"visitor"'; true`;
      const [line] = (await onMachines((run) => outputOn(run, "il", find))).split("\n");
      expect(JSON.parse(line)).toMatchObject({ level: "Metadata", user: { username: "kubernetes-admin" } });
    });
  });

  test("pods do without the system calls that hardly any program needs", async () => {
    const status = await kubectl(["exec", "visitor", "--", "/usr/bin/grep", "Seccomp:", "/proc/self/status"]);
    expect(status).toMatch(/\t2\n/);
  });

  test("no Service takes an address from outside", async () => {
    const service = (externalIPs: string[]) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "taken" },
      spec: { ports: [{ port: 80 }], externalIPs },
    });
    await apply(service([]));
    await expect(apply(service(["192.0.2.1"]))).rejects.toThrow(/external IPs is denied/i);
    await kubectl(["delete", "service", "taken"]);
  });
}
