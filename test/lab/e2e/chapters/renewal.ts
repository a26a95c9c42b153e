import { dnsLearns } from "../support/dns";
import { kubectl } from "../support/kubernetes";
import { failure, inLab, labOutput, stack } from "../support/lab";
import { OnMachine, onMachines, outputOn } from "../support/machines";
import { plannedChanges, previewFindsNothing, up } from "../support/pulumi";
import { clusterIsWhole } from "../support/whole";
import { eventually } from "../support/wait";

const UNITS = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "flannel"];
const runsOf = (run: OnMachine) =>
  outputOn(run, "il", `systemctl show --property=InvocationID --value ${UNITS.join(" ")}`);
/** The certificate that the API server shows. */
const shown = (run: OnMachine) =>
  outputOn(run, "ee", "curl -sk -o /dev/null -w '%{certs}' https://il:6443/livez | sha256sum");

export function renewal(): void {
  let runs: string;

  test("certificates of nearly three years ago are in their last third, which preview says by name and day", async () => {
    const aged = new Date(Date.now() - 1050 * 86_400_000).toISOString().slice(0, 10);
    const urns = JSON.parse(await labOutput(["pulumi", "stack", "export", "--stack", stack]))
      .deployment.resources.map(({ urn }: { urn: string }) => urn)
      .filter((urn: string) => /:Certificates::|ClientCertificate::/.test(urn));
    expect(urns).toHaveLength(4);
    const replace = urns.flatMap((urn: string) => ["--replace", urn]);
    const command = [
      ...["env", `KLUSTER_CERTIFICATES_AS_OF=${aged}`, "pulumi", "up", "--yes", "--skip-preview"],
      ...["--stack", stack, ...replace],
    ];
    const finished = await inLab(command);
    if (finished.code !== 0) throw failure(command, finished);
    runs = await onMachines(runsOf);
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

  test("up renews them in place: nothing starts anew, and the API shows the new one", async () => {
    const before = await onMachines(shown);
    await up();
    await previewFindsNothing();
    await eventually("the API server to show its new certificate", 120, async () =>
      expect(await onMachines(shown)).not.toBe(before),
    );
    expect(await onMachines(runsOf)).toBe(runs);
    await clusterIsWhole();
  });

  test("pods go on with the tokens that they have", () => dnsLearns("renewed"));
}
