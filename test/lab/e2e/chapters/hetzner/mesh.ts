import { kubectl } from "../../support/kubernetes";
import { labOutput } from "../../support/lab";
import { onMachines, outputOn } from "../../support/machines";
import { eventually } from "../../support/wait";

interface Pod {
  status: { podIP: string };
}

/** Counts what crosses the private network, by whether it is WireGuard's. */
const WATCH = `
table inet watch {
  counter encrypted {}
  counter other {}
  chain forward {
    type filter hook forward priority -10;
    iifname "hznet*" udp dport 51820 counter name encrypted accept
    iifname "hznet*" counter name other
  }
}
`;

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
    // All packets between servers pass the private network's gateway, which is in the lab's own namespace.
    await labOutput(["nft", "-f", "-"], { stdin: WATCH });
    try {
      const { status } = JSON.parse(await kubectl(["get", "pod", "hello", "-o", "json"])) as Pod;
      await onMachines(async (run) => {
        const ask = `timeout 5 bash -c 'exec 3<>/dev/tcp/${status.podIP}/8080; cat <&3'`;
        for (let i = 0; i < 10; i++) expect(await outputOn(run, "ee", ask)).toBe("hello from sam\n");
      });
      const seen = await labOutput(["nft", "list", "table", "inet", "watch"]);
      const packets = (name: string) =>
        Number(new RegExp(`counter ${name} {\\s*packets (\\d+)`).exec(seen)?.[1] ?? NaN);
      expect(packets("encrypted")).toBeGreaterThan(20);
      expect(packets("other")).toBe(0);
    } finally {
      await labOutput(["nft", "delete", "table", "inet", "watch"]);
    }
  });

  test("the largest packet that the mesh promises to carry passes in one piece, and no larger one is promised", async () => {
    const unit = "kluster-e2e-listener";
    const perl = "/usr/bin/perl"; // of the box, whose /usr the lab's machines have
    const listen = `use IO::Socket::INET; my $s = IO::Socket::INET->new(Proto => "udp", LocalPort => 9999) or die; $s->recv(my $m, 9000); print length $m`;
    const send = (bytes: number) =>
      `${perl} -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(Proto => "udp", PeerAddr => "${addressOf("sam")}:9999") or die; setsockopt($s, 0, 10, pack("l", 2)) or die; defined $s->send("x" x ${bytes}) or die "refused\n"'`;
    await onMachines(async (run) => {
      const payload = Number(await outputOn(run, "ee", "cat /sys/class/net/wg0/mtu")) - 28; // IP's and UDP's headers
      expect(payload).toBe(1370 - 28);
      await outputOn(
        run,
        "sam",
        `systemd-run --quiet --unit=${unit} -p RuntimeMaxSec=30 ${perl} -e '${listen}'`,
      );
      await outputOn(run, "ee", `sleep 1; ${send(payload)}`);
      await eventually("the packet", 10, async () =>
        expect(await outputOn(run, "sam", `journalctl -u ${unit} -o cat`)).toContain(String(payload)),
      );
      expect((await run("ee", send(payload + 1))).stderr).toContain("refused");
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
