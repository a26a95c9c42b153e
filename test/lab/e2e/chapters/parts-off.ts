import { readFileSync } from "node:fs";
import { join } from "node:path";
import { giveAll, writeModule } from "../support/inventory";
import { apply, kubectl } from "../support/kubernetes";
import { checkout } from "../support/lab";
import { outputOnEach } from "../support/machines";
import { asking, podSpec, server } from "../support/pods";
import { previewFindsNothing, up } from "../support/pulumi";
import { eventually } from "../support/wait";
import { clusterIsWhole } from "../support/whole";

const OWN_NETWORK = join(checkout, "test/nix/fixtures/own-network.nix");
const loaded = (unit: string) => outputOnEach(`systemctl show --property=LoadState --value ${unit}`);

/**
 * Pods of two machines speak, by the cluster's DNS and a Service.
 * @param name of the namespace that they are in
 * @returns the addresses of the pods
 */
async function podsSpeak(name: string): Promise<string[]> {
  const metadata = (pod: string) => ({ name: pod, namespace: name, labels: { app: pod } });
  const pod = (what: string, command: string[], node: string) => ({
    ...{ apiVersion: "v1", kind: "Pod", metadata: metadata(what), spec: podSpec(command, node) },
  });
  await apply({
    apiVersion: "v1",
    kind: "List",
    items: [
      {
        ...{ apiVersion: "v1", kind: "Namespace" },
        metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
      },
      pod("hello", server, "sam"),
      pod("visitor", asking(`hello.${name}`), "ee"),
      {
        ...{ apiVersion: "v1", kind: "Service", metadata: metadata("hello") },
        spec: { selector: { app: "hello" }, ports: [{ port: 80, targetPort: 8080 }] },
      },
    ],
  });
  await eventually("an answer to the pod on ee", 120, async () =>
    expect(await kubectl([`--namespace=${name}`, "logs", "visitor"])).toBe("hello from sam\n"),
  );
  const each = "{range .items[*]}{.status.podIP} {end}";
  const found = await kubectl([`--namespace=${name}`, "get", "pods", `--output=jsonpath=${each}`]);
  await kubectl(["delete", "namespace", name, "--wait=false"]);
  return found.trim().split(" ").sort();
}

/** Without kube-proxy nothing would route Services in the lab, which has nothing that could take its place: it stays. */
export function partsOff(): void {
  afterAll(() => giveAll([]));

  test("with a network of the user's own, and nobody who keeps add-ons, all is Ready, and pods speak", async () => {
    await giveAll([await writeModule("own-network.nix", readFileSync(OWN_NETWORK, "utf8"))]);
    await up();
    expect(await loaded("flannel")).toEqual(["not-found\n", "not-found\n", "not-found\n"]);
    expect((await loaded("kube-addon-manager"))[0]).toBe("not-found\n");
    await clusterIsWhole();
    expect(await podsSpeak("own-network")).toEqual([
      expect.stringMatching(/^10\.244\.202\./),
      expect.stringMatching(/^10\.244\.203\./),
    ]);
  });

  test("and with flannel again, by one up", async () => {
    await giveAll([]);
    await up();
    expect(await loaded("flannel")).toEqual(["loaded\n", "loaded\n", "loaded\n"]);
    await clusterIsWhole();
    for (const address of await podsSpeak("flannel-again"))
      expect(address).not.toMatch(/^10\.244\.20[1-3]\./);
    await previewFindsNothing();
  });
}
