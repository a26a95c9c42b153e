import { eventually } from "../support/wait";
import { apply, kubectl, tryKubectl } from "../support/kubernetes";
import { asking, podSpec, server } from "../support/pods";

const logs = (name: string) => kubectl(["logs", name, "--all-containers"]);

export function workloads(): void {
  // The lab's pods run the machine's own programs.
  test("pods with paths of the host are for namespaces that allow them", async () => {
    const { code, stderr } = await tryKubectl(["apply", "-f", "-"], {
      stdin: JSON.stringify({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "refused" },
        spec: podSpec(server),
      }),
    });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/violates PodSecurity "baseline:latest".*hostPath/),
    ]);
    await kubectl(["label", "namespace", "default", "pod-security.kubernetes.io/enforce=privileged"]);
  });

  test("a Deployment with two replicas really runs", async () => {
    await apply({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "pair" },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: "pair" } },
        template: { metadata: { labels: { app: "pair" } }, spec: podSpec(server) },
      },
    });
    await kubectl(["rollout", "status", "deployment/pair", "--timeout=300s"]);
    const found = await kubectl(["get", "pods", "-l", "app=pair", "-o", "name"]);
    const pods = found.trim().split("\n");
    expect(pods).toHaveLength(2);
    for (const name of pods) expect(await logs(name)).toMatch(/^serving on (il|ee|sam)\n$/);
  });

  test("a pod on ee reaches a Service whose pod is on sam by its DNS name", async () => {
    await apply({
      apiVersion: "v1",
      kind: "List",
      items: [
        {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "hello", labels: { app: "hello" } },
          spec: podSpec(server, "sam"),
        },
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "hello" },
          spec: { selector: { app: "hello" }, ports: [{ port: 80, targetPort: 8080 }] },
        },
        {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "visitor" },
          spec: podSpec(asking("hello.default"), "ee"),
        },
      ],
    });
    await eventually("an answer to the pod on ee", 90, async () => {
      expect(await logs("pod/visitor")).toBe("hello from sam\n");
    });
  });

  test("kubectl logs works for every node", async () => {
    const nodes = ["il", "ee", "sam"];
    await apply({
      apiVersion: "v1",
      kind: "List",
      items: nodes.map((node) => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: `on-${node}` },
        spec: podSpec(server, node),
      })),
    });
    for (const node of nodes) {
      await eventually(`logs of the pod on ${node}`, 60, async () => {
        expect(await logs(`pod/on-${node}`)).toBe(`serving on ${node}\n`);
      });
    }
  });
}
