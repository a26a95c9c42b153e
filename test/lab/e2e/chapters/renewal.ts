import { dnsLearns } from "../support/dns";
import { casesOf, testInLong } from "../support/in-long";
import { kubectl, tryKubectl } from "../support/kubernetes";
import { failure, inLab, labOutput, stack } from "../support/lab";
import { MACHINES, OnMachine, onMachines, outputOn } from "../support/machines";
import { deployment, plannedChanges, previewFindsNothing, up, variables } from "../support/pulumi";
import { clusterIsWhole } from "../support/whole";
import { eventually } from "../support/wait";

const DAY = 86_400_000;
const FOLDER = "/var/lib/kluster/kubernetes";

/** The time of which the program makes and judges certificates, that many days from now. */
const asOf = (days: number) => ({
  KLUSTER_CERTIFICATES_AS_OF: new Date(Date.now() + days * DAY).toISOString().slice(0, 10),
});

/** Services that run all the time, with the id of this run of each; those of logins come and go. */
const runsOf = (run: OnMachine, machine: string) =>
  outputOn(
    run,
    machine,
    `systemctl list-units --type=service --state=running --plain --no-legend | cut -d ' ' -f 1 | grep -Ev '@|^kluster-|^session' |
      while read -r unit; do echo "$unit $(systemctl show --property=InvocationID --value "$unit")"; done`,
  );
const allRuns = () => onMachines(async (run) => Promise.all(MACHINES.map((machine) => runsOf(run, machine))));

/** Where each server of the cluster shows its certificate; etcd talks to those alone who have one. */
const SERVERS: Record<string, [from: string, url: string, how?: string]> = {
  "the API server": ["ee", "https://il:6443/livez"],
  "the master's kubelet": ["ee", "https://il:10250/healthz"],
  "a worker's kubelet": ["il", "https://ee:10250/healthz"],
  etcd: [
    "il",
    "https://etcd.local:2379/version",
    `--cert ${FOLDER}/kube-apiserver-etcd-client.pem --key ${FOLDER}/kube-apiserver-etcd-client-key.pem`,
  ],
};
/** The certificate that a server shows, as a hash. */
const shown = (run: OnMachine, [from, url, how = ""]: [string, string, string?]) =>
  outputOn(run, from, `curl -sk ${how} -o /dev/null -w '%{certs}' ${url} | grep -v '^$' | sha256sum`);
const allShown = () =>
  onMachines(async (run) => {
    const entries = Object.entries(SERVERS).map(async ([name, where]) => [name, await shown(run, where)]);
    return Object.fromEntries(await Promise.all(entries)) as Record<string, string>;
  });

/** URNs of the state whose type and name match. */
async function urnsOf(pattern: RegExp): Promise<string[]> {
  const { resources = [] } = await deployment();
  return resources.map(({ urn }) => urn).filter((urn) => pattern.test(urn));
}

/** Replaces these certificates by those of another day, which machines get at once. */
async function age(days: number, urns: string[], options: string[]): Promise<void> {
  const pulumi = ["pulumi", "up", "--yes", "--skip-preview", "--stack", stack];
  const command = [
    ...variables(asOf(-days)),
    ...pulumi,
    ...options,
    ...urns.flatMap((urn) => ["--replace", urn]),
  ];
  const finished = await inLab(command);
  if (finished.code !== 0) throw failure(command, finished);
}

export function renewal(): void {
  let runs: string[];

  const spans: [string, number, RegExp[]][] = [
    ["13 hours", 1, []],
    ["28 days", 28, []],
    ["13 months", 396, [/ClientCertificate::/]],
    [
      "25 months",
      762,
      [/ClientCertificate::/, /:Certificates::il/, /:Certificates::ee/, /:Certificates::sam/],
    ],
  ];
  test.each(casesOf(spans, "25 months"))(
    "in %s, `up` would renew what is in its last third, and nothing else",
    async (_, days, renewed) => {
      const { update = [], ...others } = await plannedChanges(asOf(days));
      const certificates = update.filter((urn) => /Certificate/.test(urn));
      expect(certificates).toHaveLength(renewed.length);
      for (const one of renewed) expect(certificates).toContainEqual(expect.stringMatching(one));
      if (renewed.length === 0) expect({ update, others }).toEqual({ update: [], others: {} });
    },
  );

  test("certificates of nearly three years ago are in their last third, which preview says by name and day", async () => {
    const urns = await urnsOf(/:Certificates::/);
    expect(urns).toHaveLength(MACHINES.length);
    await age(1050, urns, []);
    runs = await allRuns();
    expect(runs.join()).toMatch(/etcd\.service .*kube-apiserver\.service .*kubelet\.service /s);
    const { update } = await plannedChanges();
    expect(update.filter((urn) => /Certificates::/.test(urn))).toHaveLength(3);
    const said = await labOutput(["pulumi", "preview", "--diff", "--stack", stack]);
    expect(said).toMatch(/apiServer *: "\d{4}-\d\d-\d\d"/);
  });

  test("a machine says so in its journal and by an event, as they are in their last weeks", async () => {
    const look = "systemctl start kluster-certificates; journalctl -u kluster-certificates -p warning -o cat";
    const said = await onMachines((run) => outputOn(run, "ee", look));
    expect(said).toMatch(/^kluster: \/var\/lib\/kluster\/kubernetes\/kubelet\.pem notAfter=.*pulumi up/m);
    expect(said).not.toMatch(/ca\.pem/);
    const events = await kubectl(["get", "events", "--field-selector", "reason=CertificateEnds"]);
    expect(events).toMatch(/Warning .*node\/ee .*end within 60 days: .*kubelet/);
  });

  test("up renews them in place: no service of any machine starts anew, and each server shows the new one", async () => {
    const before = await allShown();
    await up();
    await previewFindsNothing();
    await eventually("all servers to show their new certificates", 120, async () => {
      const now = await allShown();
      for (const name of Object.keys(SERVERS)) expect([name, now[name]]).not.toEqual([name, before[name]]);
    });
    expect(await allRuns()).toEqual(runs);
    await clusterIsWhole();
  });

  test("pods go on with the tokens that they have", () => dnsLearns("renewed"));

  testInLong("once they have ended, nobody of the cluster speaks to another", async () => {
    const urns = await urnsOf(/:Certificates::|ClientCertificate::/);
    const machines = await urnsOf(/:nixos:System::|index:Attempt::/);
    // A change waits for its node to be Ready again, and none would be: without its access to the API it waits for none.
    const access = "/etc/kubernetes/kluster.kubeconfig";
    await onMachines((run) => outputOn(run, "il", `mv ${access} ${access}.kept`));
    // The rest of the program would wait for the API in vain.
    await age(
      1100,
      urns,
      [...urns, ...machines].flatMap((urn) => ["--target", urn]),
    );
    await onMachines((run) => outputOn(run, "il", `mv -f ${access}.kept ${access}`));
    // Years have not passed: connections of before would go on for a while. The API server does not come up without etcd.
    await onMachines((run) => outputOn(run, "il", "systemctl restart etcd kube-apiserver"));
    expect((await tryKubectl(["get", "nodes"])).code).not.toBe(0);
  });

  testInLong("one up is enough for them to do so again", async () => {
    await up();
    await clusterIsWhole();
    await dnsLearns("after-the-end");
  });
}
