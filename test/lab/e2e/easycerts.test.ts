import "./support/on-dev";
import { mkdirSync, rmSync } from "node:fs";
import { dnsLearns } from "./support/dns";
import { Earlier, hasCommit } from "./support/earlier";
import { apply, kubectl, readyNodes } from "./support/kubernetes";
import { endLab, lab, labOutput, stack, testState } from "./support/lab";
import { OnMachine, onMachines, outputOn, vms } from "./support/machines";
import { podSpec } from "./support/pods";
import { tryPulumi, up } from "./support/pulumi";
import { clusterIsWhole } from "./support/whole";
import { eventually } from "./support/wait";

/** The last commit whose clusters, and whose lab, were made with NixOS's easyCerts. */
const WITH_EASYCERTS = "8e83f3d004f122fd2b1f51c5975d193636e43701";

const isThere = process.env.KLUSTER_TEST_LONG && hasCommit(WITH_EASYCERTS);
const why = process.env.KLUSTER_TEST_LONG ? "the history has no such commit" : "for make test-long";
const describeWithHistory = isThere ? describe : describe.skip;

const FOLDER = "/var/lib/kluster/kubernetes";
const SLEEPS = ["/usr/bin/bash", "-c", "while :; do /usr/bin/sleep 1000; done"];

/** What etcd has of a Secret, asked as the API server asks. */
async function inEtcd(run: OnMachine, name: string): Promise<string> {
  const key = Buffer.from(`/registry/secrets/default/${name}`).toString("base64");
  const own = `${FOLDER}/kube-apiserver-etcd-client`;
  const said = await outputOn(
    run,
    "il",
    `curl -sS --cacert ${FOLDER}/etcd-ca.pem --cert ${own}.pem --key ${own}-key.pem -d '{"key":"${key}"}' https://etcd.local:2379/v3/kv/range`,
  );
  return Buffer.from(JSON.parse(said).kvs[0].value, "base64").toString("latin1");
}

/** The containers of the cluster's DNS, by their ids. */
const dnsContainers = () =>
  kubectl([
    ...["-n", "kube-system", "get", "pods", "-l", "k8s-app=kube-dns"],
    ...["-o", "jsonpath={range .items[*]}{.metadata.uid} {end}"],
  ]);

describeWithHistory(`a cluster that was made with easyCerts${isThere ? "" : ` (skipped: ${why})`}`, () => {
  const earlier = new Earlier(WITH_EASYCERTS);
  let machines: { name: string; uuid: string }[];
  let dns: string;

  beforeAll(async () => {
    await lab("down");
    rmSync(testState, { recursive: true, force: true });
    mkdirSync(testState, { recursive: true, mode: 0o700 });
    await earlier.unpack();
    await earlier.lab("up");
  });
  afterAll(endLab);

  test("is made by the program of then", async () => {
    await earlier.lab("run", "--", "pulumi", "stack", "select", "--create", stack);
    await earlier.lab("run", "--", "pulumi", "up", "--yes", "--stack", stack);
    expect(await readyNodes()).toEqual(["ee", "il", "sam"]);
    await kubectl(["create", "secret", "generic", "kept", "--from-literal=it=as-it-was"]);
    await apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "visitor" },
      spec: podSpec(SLEEPS, "ee"),
    });
    await kubectl(["wait", "--for=condition=Ready", "pod/visitor", "--timeout=300s"]);
    machines = await vms();
    dns = await dnsContainers();
  });

  test("comes over by one up, and no machine is made anew", async () => {
    await lab("up"); // its nixpkgs is another now, too
    const preview = await tryPulumi(["preview", "--json"]);
    const steps: { op: string; urn: string }[] = JSON.parse(preview.stdout).steps;
    const anew = steps.filter(({ op }) => /replace|delete/.test(op)).map(({ urn }) => urn);
    expect(
      anew.filter((urn) => /Machine::|Installation::|System::|CertificateAuthority::/.test(urn)),
    ).toEqual([]);
    await up();
    expect(await vms()).toEqual(machines);
    await clusterIsWhole();
  });

  test("its Secrets are as they were, and encrypted", async () => {
    expect(await kubectl(["get", "secret", "kept", "-o", "jsonpath={.data.it}"])).toBe(
      Buffer.from("as-it-was").toString("base64"),
    );
    await onMachines(async (run) => expect(await inEtcd(run, "kept")).toMatch(/^k8s:enc:secretbox:v1:/));
  });

  test("pods go on with the tokens of then", async () => {
    await dnsLearns("after-easycerts");
    expect(await dnsContainers()).toBe(dns);
  });

  test("nobody signs there any more, and after a reboot nothing of it is left", async () => {
    const ports = await onMachines((run) => outputOn(run, "il", "ss -Htln sport = :8888"));
    expect(ports).toBe("");
    const boot = (run: OnMachine) => outputOn(run, "il", "cat /proc/sys/kernel/random/boot_id");
    const before = await onMachines(boot);
    for (const { uuid } of machines) await labOutput(["VBoxManage", "controlvm", uuid, "reset"]);
    await eventually("il after its reset", 120, async () => expect(await onMachines(boot)).not.toBe(before));
    await eventually("all nodes Ready again", 180, async () =>
      expect(await readyNodes()).toEqual(["ee", "il", "sam"]),
    );
    const left = await onMachines((run) =>
      outputOn(run, "il", "ls -d /var/lib/cfssl /var/lib/kubernetes/secrets 2>/dev/null; true"),
    );
    expect(left).toBe("");
  });
});
