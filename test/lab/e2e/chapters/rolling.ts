import { testInLong } from "../support/in-long";
import { giveAll, setHost, writeModule } from "../support/inventory";
import { apply, kubectl } from "../support/kubernetes";
import { labOutput, stack } from "../support/lab";
import { onMachines, outputOn, outputOnEach, vmInfo, vmOf } from "../support/machines";
import { podSpec } from "../support/pods";
import { configure, machines, previewFindsNothing, pulumi, tryPulumi, up } from "../support/pulumi";
import { eventually } from "../support/wait";
import { clusterIsWhole } from "../support/whole";

const ORDER = ["ee", "sam", "il"];
const on = (machine: string, command: string) => onMachines((run) => outputOn(run, machine, command));
const everywhere = (command: string) => outputOnEach(command, ORDER);

/** Answers each connection. As the first process of its container it serves until it is killed, as a program with manners would. */
const server = [
  "/usr/bin/perl",
  "-MIO::Socket::INET",
  "-e",
  '$l = IO::Socket::INET->new(LocalPort => 8080, Listen => 9, ReuseAddr => 1) or die "$!"; while ($c = $l->accept) { print $c "hello\\n"; close $c }',
];

/** Asks ten times a second, for 15 seconds each, and writes down what came of it. */
const asker = (address: string) =>
  `use IO::Socket::INET; $| = 1; $SIG{ALRM} = sub { die };
   while (1) {
     my $line = eval { alarm 15; my $s = IO::Socket::INET->new(PeerAddr => "${address}", PeerPort => 80) or die; my $l = <$s>; alarm 0; $l };
     alarm 0; print $line eq "hello\\n" ? "answered\\n" : "failed at " . localtime() . "\\n"; select undef, undef, undef, 0.1;
   }`;

/** Lets a program of Perl ask on il from now on. @param unit that it runs as */
const startAsking = (unit: string, program: string) =>
  on(
    "il",
    `echo ${Buffer.from(program).toString("base64")} | base64 -d >/run/${unit}.pl; systemd-run --unit=${unit} --property=StandardOutput=append:/run/${unit}.asked /usr/bin/perl /run/${unit}.pl`,
  );
const stopAsking = (unit: string) =>
  onMachines((run) => run("il", `systemctl stop ${unit}; rm -f /run/${unit}.pl /run/${unit}.asked`));

/** How many requests were answered since the last question, and those that were not. */
async function counted(unit = "asker"): Promise<{ answered: number; failed: string[] }> {
  const lines = (await on("il", `cat /run/${unit}.asked; : >/run/${unit}.asked`)).trim().split("\n");
  return {
    answered: lines.filter((line) => line === "answered").length,
    failed: lines.filter((line) => line !== "answered" && line !== ""),
  };
}

/** All machines take pods, and nothing of ours is left on them. */
async function expectInService(): Promise<void> {
  const each = "{.metadata.name}{.spec.unschedulable}{.metadata.annotations['kluster/changing']}";
  const found = await kubectl(["get", "nodes", `--output=jsonpath={range .items[*]}${each} {end}`]);
  expect(found.trim().split(" ").sort()).toEqual(["ee", "il", "sam"]);
}

/**
 * Asks the cluster's DNS for a name ten times a second, twice before it gives up and five seconds each, as a resolver does.
 * Writes down what came of it.
 */
const resolver = (address: string) =>
  `use IO::Socket::INET; $| = 1; my @name = split /\\./, "kubernetes.default.svc.cluster.local";
   my $question = pack("n6", 7, 256, 1, 0, 0, 0) . join("", map { pack "C/a*", $_ } @name) . pack("Cn2", 0, 1, 1);
   sub asked {
     my $s = IO::Socket::INET->new(PeerAddr => "${address}", PeerPort => 53, Proto => "udp") or return 0;
     $s->send($question); my $ready = ""; vec($ready, fileno($s), 1) = 1;
     select($ready, undef, undef, 5) or return 0; $s->recv(my $answer, 512);
     return length($answer // "") > 12 && !(unpack("x3C", $answer) & 15);
   }
   while (1) { print asked() || asked() ? "answered\\n" : "failed at " . localtime() . "\\n"; select undef, undef, undef, 0.1 }`;

export function rolling(): void {
  let before: string[];
  beforeAll(async () => {
    await giveAll([]); // an earlier chapter may have left one
    await up();
    before = await everywhere("readlink -f /run/current-system");
    const labels = { app: "pair" };
    const metadata = { name: "pair", namespace: "rolling" };
    await apply({
      apiVersion: "v1",
      kind: "List",
      items: [
        {
          ...{ apiVersion: "v1", kind: "Namespace" },
          metadata: { name: "rolling", labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
        },
        {
          ...{ apiVersion: "apps/v1", kind: "Deployment", metadata },
          spec: {
            replicas: 2,
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: serving() },
          },
        },
        {
          apiVersion: "v1",
          kind: "Service",
          metadata,
          spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
        },
        {
          ...{ apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata },
          spec: { minAvailable: 1, selector: { matchLabels: labels } },
        },
      ],
    });
    await kubectl(["--namespace=rolling", "rollout", "status", "deployment/pair", "--timeout=300s"]);
    const address = await kubectl([
      "--namespace=rolling",
      "get",
      "service",
      "pair",
      "--output=jsonpath={.spec.clusterIP}",
    ]);
    await startAsking("asker", asker(address));
    await eventually("an answer of the Service", 60, async () =>
      expect((await counted()).answered).toBeGreaterThan(5),
    );
    await eventually("nothing but answers", 30, async () =>
      expect(await counted()).toMatchObject({ failed: [] }),
    );
  });
  afterAll(async () => {
    await stopAsking("asker");
    await kubectl(["delete", "namespace", "rolling", "--wait=false"]);
    await giveAll([]);
  });

  test("a change that disturbs pods goes through the machines one by one, and a workload of two answers throughout", async () => {
    await giveAll([
      await writeModule("rolled.nix", '{ systemd.services.containerd.environment.ROLLED = "1"; }\n'),
    ]);
    const told = await pulumi("preview");
    for (const name of ORDER)
      expect(told).toMatch(new RegExp(`${name}: /nix/store/[^]*?pods +move to other nodes first`));
    await counted();
    await pulumi("up", "--yes");
    const { answered, failed } = await counted();
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(50);
    for (const environment of await everywhere("systemctl show --property=Environment containerd"))
      expect(environment).toContain("ROLLED=1");
    // All machines of the lab have the clock of the box.
    const started = await everywhere(
      "systemctl show --property=ActiveEnterTimestampMonotonic --value containerd",
    );
    expect(started.map(Number)).toEqual([...started.map(Number)].sort((a, b) => a - b));
    await expectInService();
    await previewFindsNothing();
  });

  test("what fails on the first machine never comes to the others", async () => {
    const systems = await everywhere("readlink -f /run/current-system");
    const failing =
      '{ systemd.services.failing = { wantedBy = [ "multi-user.target" ]; script = "exit 3"; serviceConfig.Type = "oneshot"; }; systemd.services.containerd.environment.ROLLED = "2"; }\n';
    await giveAll([await writeModule("failing.nix", failing)]);
    const { code, stdout, stderr } = await tryPulumi(["up", "--yes"]);
    expect(code).not.toBe(0);
    const said = (stdout + stderr).replace(/\s+/g, " ");
    expect(said).toContain("units failed that had not failed before: failing.service");
    for (const name of ["sam", "il"])
      expect(said).toContain(`${name} was left as it was: the change of ee failed, see there`);
    expect(await everywhere("readlink -f /run/current-system")).toEqual(systems);
    expect(await counted()).toMatchObject({ failed: [] });
    await expectInService();
  });

  testInLong("taken back, the next up passes, and all is as it was", async () => {
    await giveAll([]);
    await up();
    expect(await everywhere("readlink -f /run/current-system")).toEqual(before);
    expect(await counted()).toMatchObject({ failed: [] });
    await expectInService();
    await clusterIsWhole();
  });

  testInLong("the cluster's DNS, which another nixpkgs gives another image, answers throughout", async () => {
    const dns = ["--namespace=kube-system", "get", "service/kube-dns", "--output=jsonpath={.spec.clusterIP}"];
    await startAsking("resolver", resolver(await kubectl(dns)));
    await eventually("an answer of the DNS", 60, async () =>
      expect((await counted("resolver")).answered).toBeGreaterThan(5),
    );
    await counted("resolver");
    // As in a nixpkgs with another CoreDNS: a tag that a machine has only once it was switched.
    const image =
      '{ pkgs, ... }: { services.kubernetes.addons.dns.corednsImage = pkgs.dockerTools.buildImage { name = "coredns"; tag = "another"; copyToRoot = pkgs.coredns; config.Entrypoint = [ "/bin/coredns" ]; }; }\n';
    await giveAll([await writeModule("another-coredns.nix", image)]);
    await up();
    const deployment = [
      "--namespace=kube-system",
      "rollout",
      "status",
      "deployment/coredns",
      "--timeout=120s",
    ];
    await eventually("CoreDNS of the other image", 120, async () => {
      const template = "--output=jsonpath={.spec.template.spec.containers[0].image}";
      const asked = ["--namespace=kube-system", "get", "deployment/coredns", template];
      expect(await kubectl(asked)).toBe("coredns:another");
    });
    await kubectl(deployment);
    const { answered, failed } = await counted("resolver");
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(50);
    await stopAsking("resolver");
    await giveAll([]);
    await up();
    await clusterIsWhole();
  });

  testInLong("a machine gets more memory with its pods elsewhere", async () => {
    const uuid = await vmOf("ee");
    const { memory } = await vmInfo(uuid);
    await counted();
    await setHost("ee", "memory", Number(memory) + 256);
    await up();
    expect(await vmInfo(uuid)).toMatchObject({ memory: `${Number(memory) + 256}`, VMState: "running" });
    expect(await counted()).toMatchObject({ failed: [] });
    await expectInService();
    await previewFindsNothing();
  });

  testInLong("a reboot that is needed is left to the user, or done where he allows it", async () => {
    const params = async (word: string) =>
      setHost("ee", "modules", [
        await writeModule(`${word}.nix`, `{ boot.kernelParams = [ "${word}" ]; }\n`),
      ]);
    const bootId = () => on("ee", "cat /proc/sys/kernel/random/boot_id");
    const booted = await bootId();
    await params("rolled.one");
    expect((await pulumi("up", "--yes")).replace(/\s+/g, " ")).toContain(
      "ee has its new system but for kernel parameters: that comes with a reboot, which is left to you",
    );
    expect(await bootId()).toBe(booted);
    await configure("kluster:reboot", "ifNeeded");
    await params("rolled.two");
    await up();
    expect(await bootId()).not.toBe(booted);
    const { system } = (await machines()).ee;
    expect(await on("ee", "readlink -f /run/current-system /run/booted-system")).toBe(
      `${system}\n${system}\n`,
    );
    expect(await counted()).toMatchObject({ failed: [] });
    await expectInService();
    await labOutput(["pulumi", "config", "rm", "--stack", stack, "kluster:reboot"]);
    await giveAll([]);
    await up();
    await clusterIsWhole();
  });
}

function serving() {
  const { containers, ...spec } = podSpec(server);
  const readinessProbe = { tcpSocket: { port: 8080 }, periodSeconds: 1 };
  return {
    ...spec,
    terminationGracePeriodSeconds: 5,
    containers: containers.map((container) => ({ ...container, readinessProbe })),
  };
}
