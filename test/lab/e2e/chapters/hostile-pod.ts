import { apply, kubectl } from "../support/kubernetes";
import { onMachines } from "../support/machines";
import { podSpec } from "../support/pods";
import { eventually } from "../support/wait";

/** What a stranger would ask cfssl for: a certificate of the administrators' group. */
const request = JSON.stringify({
  request: {
    CN: "mallory",
    hosts: ["mallory"],
    key: { algo: "ecdsa", size: 256 },
    names: [{ O: "system:masters" }],
  },
});

export function hostilePod(): void {
  test.each(["il", "ee"])("on %s does not reach cfssl, which signs certificates", async (node) => {
    const look = "exec 3<>/dev/tcp/$ADDRESS/8888 && echo reached";
    const question = `/usr/bin/timeout 5 /usr/bin/bash -c '${look}' || echo refused`;
    const spec = podSpec(["/usr/bin/bash", "-c", question], node);
    const addresses = JSON.parse(await kubectl(["get", "node", "il", "-o", "json"])).status.addresses;
    const ADDRESS = addresses.find(({ type }: { type: string }) => type === "InternalIP").address;
    spec.containers[0].env.push({ name: "ADDRESS", value: ADDRESS } as never);
    const name = `hostile-${node}`;
    await apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: { ...spec, restartPolicy: "Never" },
    });
    await eventually("the hostile pod's word", 60, async () =>
      expect(await kubectl(["logs", `pod/${name}`])).toBe("refused\n"),
    );
  });

  test("gets nothing signed by way of a machine, as long as it has no join token", async () => {
    await onMachines(async (run) => {
      const ask = async (endpoint: string) =>
        (
          await run(
            "ee",
            `/usr/bin/curl -sk -o /dev/null -w '%{http_code}' -d '${request}' https://il:8888/api/v1/cfssl/${endpoint}`,
          )
        ).stdout;
      for (const endpoint of ["newcert", "sign", "newkey", "init_ca"]) {
        expect([endpoint, await ask(endpoint)]).toEqual([endpoint, "404"]);
      }
      expect(await ask("authsign")).not.toBe("200"); // there, but it wants the token
    });
  });
}
