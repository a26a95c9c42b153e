import { dnsLearns, dnsRolledOut } from "../support/dns";
import { killDuring } from "../support/kill";
import { kubectl, tryKubectl } from "../support/kubernetes";
import { inLab, labOutput, stack } from "../support/lab";
import { encryptionKeys, OnMachine, onMachines, outputOn } from "../support/machines";
import { configure, machines, plannedChanges, previewFindsNothing, up } from "../support/pulumi";
import { operatorKey } from "../support/secrets";
import { clusterIsWhole } from "../support/whole";

const FOLDER = "/var/lib/kluster/kubernetes";
const ALL = ["authorities", "serviceAccounts", "encryption", "administrator", "operator", "hosts"];

/** Asks for other keys, as a user would. */
async function rotate(word: string, ...what: string[]): Promise<void> {
  for (const one of what) await configure(`kluster:rotate.${one}`, word, "--path");
}

const linesIn = (run: OnMachine, machine: string, pattern: string, file: string) =>
  outputOn(run, machine, `grep -c -e '${pattern}' ${file}`).then(Number);
const certificates = (run: OnMachine, machine: string, file = "ca.pem") =>
  linesIn(run, machine, "BEGIN CERT", `${FOLDER}/${file}`);

/** A login on a machine with a key and a pinned host key that were right once. */
async function loginWith(key: string, hostKey: string, address: string) {
  const script = `
    key=$(mktemp) known=$(mktemp); trap 'rm -f $key $known' EXIT
    cat >$key; echo '${address} ${hostKey}' >$known
    ssh -F none -o BatchMode=yes -o IdentitiesOnly=yes -o UserKnownHostsFile=$known -i $key root@${address} true`;
  return inLab(["bash", "-c", script], { stdin: key });
}

/** Asks a Service twice a second from a machine, whatever becomes of the API and SSH meanwhile. */
const asker = {
  start: (run: OnMachine, address: string) =>
    outputOn(
      run,
      "ee",
      `systemd-run --quiet --unit=asker bash -c 'while :; do
        if timeout 2 bash -c "exec 3<>/dev/tcp/${address}/80; cat <&3" >/dev/null 2>&1; then echo yes; else echo no; fi >>/run/asked
        sleep 0.5
      done'`,
    ),
  stop: (run: OnMachine) =>
    outputOn(run, "ee", "systemctl stop asker; sort /run/asked | uniq -c; rm /run/asked"),
};

export function rotation(): void {
  const old = { kubeconfig: "", operator: "", hostKey: "", address: "" };

  test("asking for other keys shows in the preview, of each by name", async () => {
    old.kubeconfig = await labOutput([
      ...["pulumi", "stack", "output", "--stack", stack, "--show-secrets", "kubeconfig"],
    ]);
    old.operator = await operatorKey();
    ({ address: old.address, hostKey: old.hostKey } = (await machines()).sam);
    await kubectl(["create", "secret", "generic", "kept", "--from-literal=it=as-it-was"]);
    await rotate("1", ...ALL);
    const { update } = await plannedChanges();
    for (const end of ["/authority", "/etcd-authority", "/front-proxy-authority", "/service-account"])
      expect(update).toContainEqual(expect.stringMatching(new RegExp(`::${end}$`)));
    for (const end of ["/encryption-key", "/administrator", "/operator", "KeyPair::sam", "/trust-in-pods"])
      expect(update).toContainEqual(expect.stringMatching(new RegExp(`${end}$`)));
  });

  test("one up makes all of them anew, while a Service answers", async () => {
    const address = await kubectl(["get", "service", "hello", "-o", "jsonpath={.spec.clusterIP}"]);
    await onMachines((run) => asker.start(run, address));
    const said = await up();
    expect(said).toMatch(/these pods have started before .*default\/visitor/);
    await previewFindsNothing();
    const asked = await onMachines((run) => asker.stop(run));
    expect(asked).toMatch(/^ *\d\d+ yes\n$/);
    await clusterIsWhole();
  });

  test("who held an earlier key is out", async () => {
    const kubeconfig = (ca: string) =>
      inLab(["bash", "-c", `kubectl --kubeconfig <(cat) ${ca} get nodes`], { stdin: old.kubeconfig });
    expect((await kubeconfig("")).stderr).toMatch(/certificate signed by unknown authority/);
    const { code, stderr } = await kubeconfig("--insecure-skip-tls-verify --certificate-authority=");
    expect([code, stderr]).toEqual([1, expect.stringMatching(/Unauthorized|must be logged in/)]);

    const { hostKey } = (await machines()).sam;
    expect(hostKey).not.toBe(old.hostKey);
    expect((await loginWith(old.operator, hostKey, old.address)).stderr).toMatch(/Permission denied/);
    expect((await loginWith(await operatorKey(), old.hostKey, old.address)).stderr).toMatch(
      /HOST IDENTIFICATION HAS CHANGED|Host key verification failed/,
    );
  });

  test("no machine trusts an earlier authority, and Secrets are as they were, by the new key alone", async () => {
    await onMachines(async (run) => {
      for (const machine of ["il", "ee", "sam"]) expect(await certificates(run, machine)).toBe(1);
      for (const file of ["etcd-ca.pem", "front-proxy-ca.pem"])
        expect(await certificates(run, "il", file)).toBe(1);
      expect(await encryptionKeys(run)).toBe(1);
      // Tokens that pods have were signed by the earlier one.
      expect(await linesIn(run, "il", "BEGIN PUBLIC", `${FOLDER}/service-account.pem`)).toBe(2);
    });
    expect(await kubectl(["get", "secret", "kept", "-o", "jsonpath={.data.it}"])).toBe(
      Buffer.from("as-it-was").toString("base64"),
    );
    await kubectl(["delete", "secret", "kept"]);
  });

  test("pods go on, with the tokens that they have", () => dnsLearns("rotated"));
}

/** Each by itself, and cut off in the middle. */
export function rotationOneByOne(): void {
  test.each<[string, (operator: string) => Promise<boolean>]>([
    ["authorities", () => onMachines(async (run) => (await certificates(run, "sam")) === 2)],
    // The state has another, and no machine does: it takes them a second or two.
    ["operator", async (before) => (await operatorKey()) !== before],
  ])("another key for %s, killed in the middle, is finished by the next up", async (what, moment) => {
    await rotate("killed", what);
    const operator = await operatorKey();
    await killDuring("up", () => moment(operator));
    await up();
    await clusterIsWhole();
    await onMachines(async (run) => {
      for (const machine of ["il", "ee", "sam"]) expect(await certificates(run, machine)).toBe(1);
    });
  });

  test.each(ALL)("another key for %s alone", async (what) => {
    await rotate("alone", what);
    await up();
    await clusterIsWhole();
  });

  test("the service accounts' earlier key goes when no token of it can be left", async () => {
    const later = new Date(Date.now() + 4 * 86_400_000).toISOString().slice(0, 10);
    await labOutput([
      ...["env", `KLUSTER_CERTIFICATES_AS_OF=${later}`, "pulumi", "up", "--yes", "--stack", stack],
    ]);
    await onMachines(async (run) =>
      expect(await linesIn(run, "il", "BEGIN PUBLIC", `${FOLDER}/service-account.pem`)).toBe(1),
    );
    // Days have not really passed, so pods have tokens of before: the DNS gets another, the rest does not ask the API.
    expect(
      (await tryKubectl(["-n", "kube-system", "rollout", "restart", "deployment", "coredns"])).code,
    ).toBe(0);
    await dnsRolledOut();
    await dnsLearns("much-later");
  });
}
