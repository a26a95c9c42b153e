import { apply, kubectl } from "../support/kubernetes";
import { onMachines } from "../support/machines";
import { podSpec } from "../support/pods";
import { markersOf, privateKeyOf } from "../support/secrets";
import { eventually } from "../support/wait";

const AUTHORITIES = ["/authority", "/etcd-authority", "/front-proxy-authority"];

/** What a pod finds out by itself, a line each; its service account has no rights. */
const tries = [
  "api=https://kubernetes.default.svc.cluster.local",
  "token=$(/usr/bin/cat /var/run/secrets/kubernetes.io/serviceaccount/token)",
  'as() { /usr/bin/curl -sk -m 10 -o /dev/null -w "%{http_code}\\n" "${@:2}" "$api$1"; }',
  "until /usr/bin/curl -sk -m 5 -o /dev/null $api/livez; do /usr/bin/sleep 1; done",
  'own=(-H "Authorization: Bearer $token")',
  'echo secrets $(as /api/v1/secrets "${own[@]}")',
  'echo nodes $(as /api/v1/nodes "${own[@]}")',
  "echo nobody livez $(as /livez)",
  "echo nobody version $(as /version)",
  "echo nobody pods $(as /api/v1/pods)",
  'for port in 2379 2380 8888; do if /usr/bin/timeout 3 /usr/bin/bash -c "exec 3<>/dev/tcp/$MASTER/$port"; then echo $port reached; else echo $port refused; fi; done 2>/dev/null',
  "echo kubelet $(/usr/bin/curl -sk -m 5 -o /dev/null -w '%{http_code}' https://$MASTER:10250/pods)",
  "echo done",
].join("\n");

export function hostilePod(): void {
  test.each(["il", "ee"])("on %s learns nothing from the API, etcd or a kubelet", async (node) => {
    const addresses = JSON.parse(await kubectl(["get", "node", "il", "-o", "json"])).status.addresses;
    const MASTER = addresses.find(({ type }: { type: string }) => type === "InternalIP").address;
    const spec = podSpec(["/usr/bin/bash", "-c", tries], node);
    spec.containers[0].env.push({ name: "MASTER", value: MASTER } as never);
    const name = `hostile-${node}`;
    await apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: { ...spec, restartPolicy: "Never" },
    });
    await eventually("the hostile pod's word", 90, async () =>
      expect(await kubectl(["logs", `pod/${name}`])).toMatch(/done\n$/),
    );
    expect((await kubectl(["logs", `pod/${name}`])).trim().split("\n")).toEqual([
      ...["secrets 403", "nodes 403", "nobody livez 200", "nobody version 401", "nobody pods 401"],
      ...["2379 refused", "2380 refused", "8888 refused", "kubelet 401", "done"],
    ]);
  });

  test("no machine has the key of an authority, nor a certificate that may do everything", async () => {
    const markers = (await Promise.all(AUTHORITIES.map(privateKeyOf))).flatMap((key) => markersOf([key]));
    expect(markers.length).toBeGreaterThanOrEqual(AUTHORITIES.length);
    await onMachines(async (run) => {
      for (const machine of ["il", "ee"]) {
        const stdin = `${markers.join("\n")}\n`;
        const found = await run(machine, "grep -rlaF -f - --devices=skip /etc /root /run /var; true", stdin);
        expect({ machine, files: found.stdout }).toEqual({ machine, files: "" });
        // Of the subject of a certificate: the DER text is in base64, so each is decoded.
        const all = `for pem in $(find /etc /root /run /var -xdev -name "*.pem" -not -name "*-key.pem"); do
          grep -v -e ---- "$pem" | base64 -d 2>/dev/null | grep -aq "system:masters" && echo "$pem"; done; true`;
        expect({ machine, files: (await run(machine, all)).stdout }).toEqual({ machine, files: "" });
      }
    });
  });

  test("whoever is root on a worker is that worker, and nobody else", async () => {
    await onMachines(async (run) => {
      const folder = "/var/lib/kluster/kubernetes";
      const as = (certificate: string, command: string) =>
        run(
          "ee",
          `kubectl --server=https://il:6443 --certificate-authority=${folder}/ca.pem --client-certificate=${folder}/${certificate}.pem --client-key=${folder}/${certificate}-key.pem ${command}`,
        );
      expect((await as("kubelet-client", "get node ee --output=name")).stdout).toBe("node/ee\n");
      for (const [certificate, command] of [
        ["kubelet-client", "get secrets --all-namespaces"],
        ["kubelet-client", "label node sam mine=yes"],
        ["kubelet-client", "label node ee node-role.kubernetes.io/control-plane=yes"],
        ["kubelet-client", "delete node sam"],
        ["kube-proxy-client", "get secrets --all-namespaces"],
        ["kube-proxy-client", "get pods --all-namespaces"],
        ["flannel-client", "get secrets --all-namespaces"],
        ["flannel-client", "delete node sam"],
      ]) {
        const { code, stderr } = await as(certificate, command);
        expect([certificate, command, code, stderr]).toEqual([
          ...[certificate, command, 1],
          expect.stringMatching(/forbidden/i),
        ]);
      }
    });
  });
}
