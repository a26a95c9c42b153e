import { apply, kubectl } from "../../support/kubernetes";
import { inLab, labOutput } from "../../support/lab";
import { onMachines } from "../../support/machines";
import { podSpec } from "../../support/pods";
import { machines } from "../../support/pulumi";
import { eventually } from "../../support/wait";

/** An address of the lab's internet that nobody has let in. */
const STRANGER = "198.51.100.2";

/** Whether a TCP connection comes about, from the operator's address or another one. */
async function reaches(address: string, port: number, from?: string): Promise<boolean> {
  const script = `
    const [host, port, localAddress] = process.argv.slice(1);
    const socket = require("node:net").connect({ host, port: Number(port), localAddress, timeout: 3000 });
    socket.once("connect", () => process.exit(0));
    for (const end of ["error", "timeout"]) socket.once(end, () => process.exit(1));
  `;
  const words = ["node", "-e", script, address, String(port), ...(from ? [from] : [])];
  return (await inLab(words)).code === 0;
}

export function access(): void {
  test("the operator reaches SSH and the API by the public address, and nothing else of Kubernetes", async () => {
    const { il, ee } = await machines();
    for (const port of [22, 6443]) expect([port, await reaches(il.address, port)]).toEqual([port, true]);
    for (const port of [2379, 8888, 10250, 10256]) {
      expect([port, await reaches(il.address, port)]).toEqual([port, false]);
    }
    expect(await reaches(ee.address, 6443)).toBe(false); // no API there
  });

  test("a stranger reaches nothing", async () => {
    const { il } = await machines();
    await labOutput(["ip", "address", "add", `${STRANGER}/24`, "dev", "hzpublic"]);
    try {
      for (const port of [22, 6443, 10250]) {
        expect([port, await reaches(il.address, port, STRANGER)]).toEqual([port, false]);
      }
    } finally {
      await labOutput(["ip", "address", "del", `${STRANGER}/24`, "dev", "hzpublic"]);
    }
  });

  test("a machine reaches the metadata service, and its pods do not", async () => {
    const look = "exec 3<>/dev/tcp/169.254.169.254/80 && echo reached";
    await onMachines(async (run) => {
      expect((await run("ee", `timeout 5 bash -c '${look}'`)).stdout).toBe("reached\n");
    });
    const question = ["/usr/bin/bash", "-c", `/usr/bin/timeout 5 /usr/bin/bash -c '${look}' || echo refused`];
    await apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "curious" },
      spec: { ...podSpec(question, "ee"), restartPolicy: "Never" },
    });
    await eventually("the curious pod's word", 60, async () =>
      expect(await kubectl(["logs", "pod/curious"])).toBe("refused\n"),
    );
  });
}
