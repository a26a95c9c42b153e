import { dnsRolledOut } from "../support/dns";
import { testInLong } from "../support/in-long";
import { setHost } from "../support/inventory";
import { apply, kubectl, tryKubectl } from "../support/kubernetes";
import { labOutput, stack } from "../support/lab";
import { configure, plannedChanges, previewFindsNothing, pulumi, tryPulumi, up } from "../support/pulumi";
import { eventually } from "../support/wait";

interface Taint {
  key: string;
  value?: string;
  effect: string;
}

/** What a node has, but for what Kubernetes gives each. */
async function node(name: string): Promise<{ labels: Record<string, string>; taints: string[] }> {
  const { metadata, spec } = JSON.parse(await kubectl(["get", "node", name, "-o", "json"])) as {
    metadata: { labels: Record<string, string> };
    spec: { taints?: Taint[] };
  };
  const labels = Object.entries(metadata.labels).filter(([key]) => !/^(beta\.)?kubernetes\.io\//.test(key));
  const taints = (spec.taints ?? []).map(
    ({ key, value, effect }) => `${key}${value ? `=${value}` : ""}:${effect}`,
  );
  return { labels: Object.fromEntries(labels), taints: taints.sort() };
}

const DISK = "example.org/disk";
const MARKS = /(Attempt|LabelsAndTaints)::(ee|il)\/labels-and-taints/;

/** A pod that goes where it may, for as long as it is let. */
const pod = (name: string, more: object = {}) =>
  apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "main", image: "pause:latest", imagePullPolicy: "Never" }],
      ...more,
    },
  });
const onEe = { nodeSelector: { [DISK]: "ssd" } };
const phaseOf = (name: string) => kubectl(["get", "pod", name, "-o", "jsonpath={.status.phase}"]);
const reasonOf = (name: string) =>
  kubectl(["get", "pod", name, "-o", "jsonpath={.status.conditions[?(@.type=='PodScheduled')].message}"]);
const isRunning = (name: string) =>
  eventually(`pod ${name} to run`, 90, async () => expect(await phaseOf(name)).toBe("Running"));

/** Of hosts.toml, on nodes that are there; the last of them is left for `pulumi destroy` to find. */
export function labels(): void {
  test("a label and a taint that are added to hosts.toml are on the node after one up, and only they are changed", async () => {
    await kubectl(["label", "node", "ee", "rack=7"]);
    await setHost("ee", "labels", { [DISK]: "ssd" });
    await setHost("ee", "taints", ["dedicated=database:NoSchedule"]);
    const preview = await pulumi("preview");
    expect(preview).toContain(
      "node ee: label example.org/disk=ssd is added; taint dedicated=database:NoSchedule is added",
    );
    const { create = [], ...others } = await plannedChanges();
    expect([create.filter((urn) => !MARKS.test(urn)), others]).toEqual([[], {}]);
    await up();
    expect(await node("ee")).toEqual({
      labels: { rack: "7", [DISK]: "ssd" },
      taints: ["dedicated=database:NoSchedule"],
    });
    await previewFindsNothing();
  });

  testInLong("pods go by them: there, and not there", async () => {
    await pod("not-there", onEe);
    await pod("there", {
      ...onEe,
      tolerations: [{ key: "dedicated", operator: "Equal", value: "database", effect: "NoSchedule" }],
    });
    await isRunning("there");
    await eventually("a reason why the other does not run", 60, async () =>
      expect(await reasonOf("not-there")).toMatch(/untolerated taint/),
    );
    await kubectl(["delete", "pod", "not-there"]);
  });

  testInLong(
    "what was changed by hand is found by refresh and put right by up; what is new there stays",
    async () => {
      await kubectl(["label", "--overwrite", "node", "ee", `${DISK}=floppy`]);
      await kubectl(["taint", "node", "ee", "dedicated:NoSchedule-"]);
      await kubectl(["taint", "node", "ee", "mine=yes:PreferNoSchedule"]);
      await previewFindsNothing(); // a preview looks at nothing but the state
      await pulumi("refresh", "--yes");
      expect(await pulumi("preview")).toContain(
        "node ee: label example.org/disk=floppy becomes example.org/disk=ssd; taint dedicated=database:NoSchedule is added",
      );
      await up();
      expect(await node("ee")).toEqual({
        labels: { rack: "7", [DISK]: "ssd" },
        taints: ["dedicated=database:NoSchedule", "mine=yes:PreferNoSchedule"],
      });
      await previewFindsNothing();
    },
  );

  testInLong("a taint that evicts is warned of, and evicts", async () => {
    await setHost("ee", "taints", ["dedicated=database:NoExecute"]);
    const preview = await pulumi("preview");
    expect(preview).toMatch(/taint dedicated=database:NoExecute evicts the pods of node ee/);
    await up();
    await eventually("the pod to be evicted", 60, async () =>
      expect((await tryKubectl(["get", "pod", "there"])).stderr).toContain("NotFound"),
    );
  });

  testInLong("the master takes no pods where it is told so, and the cluster's DNS goes on", async () => {
    await configure("kluster:allowSchedulingOnMaster", "false");
    await up();
    expect((await node("il")).taints).toEqual(["node-role.kubernetes.io/control-plane:NoSchedule"]);
    await pod("not-on-the-master", { nodeSelector: { "kubernetes.io/hostname": "il" } });
    await eventually("a reason why it does not run", 60, async () =>
      expect(await reasonOf("not-on-the-master")).toMatch(/untolerated taint/),
    );
    await kubectl(["-n", "kube-system", "rollout", "restart", "deployment", "coredns"]);
    await dnsRolledOut();
    await labOutput(["pulumi", "config", "rm", "--stack", stack, "kluster:allowSchedulingOnMaster"]);
    await up();
    expect((await node("il")).taints).toEqual([]);
    await isRunning("not-on-the-master");
    await kubectl(["delete", "pod", "not-on-the-master"]);
  });

  testInLong("a key of Kubernetes' own is refused before anything is changed", async () => {
    await setHost("ee", "labels", { "kubernetes.io/hostname": "x" });
    const { code, stdout, stderr } = await tryPulumi(["preview"]);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain("labels of kubernetes.io belong to Kubernetes");
    await setHost("ee", "labels", { [DISK]: "ssd" });
  });

  test("what leaves hosts.toml is taken off, what was put there by hand stays, and destroy has something to find", async () => {
    await setHost("ee", "labels", undefined);
    await setHost("ee", "taints", undefined);
    const before = (await node("ee")).taints.filter((taint) => !taint.startsWith("dedicated"));
    await up();
    expect(await node("ee")).toEqual({ labels: { rack: "7" }, taints: before });
    await kubectl(["label", "node", "ee", "rack-"]);
    await setHost("sam", "labels", { [DISK]: "hdd" });
    await up();
    expect((await node("sam")).labels).toEqual({ [DISK]: "hdd" });
  });
}
