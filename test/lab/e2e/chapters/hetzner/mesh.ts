import { onMachines, outputOn } from "../../support/machines";
import { eventually } from "../../support/wait";

const HOSTS = ["il", "ee", "sam"];
const addressOf = (host: string) => `10.65.0.${{ il: 11, ee: 12, sam: 13 }[host]}`;

export function mesh(): void {
  test("every machine has shaken hands with every other by WireGuard", async () => {
    await onMachines(async (run) => {
      for (const host of HOSTS) {
        await eventually(`handshakes of ${host}`, 30, async () => {
          const latest = (await outputOn(run, host, "wg show wg0 latest-handshakes")).trim().split("\n");
          expect(latest).toHaveLength(HOSTS.length - 1);
          for (const line of latest) expect(Number(line.split("\t")[1])).toBeGreaterThan(0);
        });
      }
    });
  });

  test("nodes are known to Kubernetes, and speak to each other, by their WireGuard addresses", async () => {
    await onMachines(async (run) => {
      for (const host of HOSTS) {
        for (const other of HOSTS.filter((name) => name !== host)) {
          expect(await outputOn(run, host, `getent ahostsv4 ${other} | head -n 1`)).toContain(
            addressOf(other),
          );
          expect(await outputOn(run, host, `ip route get ${addressOf(other)}`)).toContain("dev wg0");
        }
        expect(await outputOn(run, host, "ip -d link show flannel.1")).toContain(`local ${addressOf(host)}`);
      }
    });
  });

  test("what pods say to each other crosses the network below as WireGuard's packets only", async () => {
    await onMachines(async (run) => {
      const moved = async () =>
        (await outputOn(run, "ee", "wg show wg0 transfer"))
          .trim()
          .split("\n")
          .reduce((sum, line) => sum + Number(line.split("\t")[2]), 0);
      // The address of a pod on sam: any, as the chapter before has left some there.
      const pod = (await outputOn(run, "sam", "ip -o route show dev mynet | head -n 1")).split("/")[0];
      const before = await moved();
      await outputOn(run, "ee", `ping -c 3 -s 1000 -W 5 ${pod.trim().replace(/\.0$/, ".1")}`);
      expect((await moved()) - before).toBeGreaterThan(3 * 1000);
    });
  });

  test("the largest packet that fits through the mesh passes unbroken, and no larger one is promised", async () => {
    await onMachines(async (run) => {
      const mtu = Number(await outputOn(run, "ee", "cat /sys/class/net/wg0/mtu"));
      expect(mtu).toBe(1370);
      await outputOn(run, "ee", `ping -c 1 -W 5 -M do -s ${mtu - 28} ${addressOf("sam")}`);
    });
  });

  test("a private key of the mesh lies where root alone reads it, and not in the Nix store", async () => {
    await onMachines(async (run) => {
      for (const host of HOSTS) {
        expect(await outputOn(run, host, "stat -c '%U %a' /var/lib/kluster/wireguard.key")).toBe(
          "root 400\n",
        );
      }
    });
  });
}
