import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSshKeyPair } from "../../../provider/keys";
import { Described, summarize } from "../../../provider/nixos/summary";
import { createCertificateAuthority } from "../../../provider/pki";
import { removedApis } from "../../../provider/resources/removed-apis";
import { fromStruct, Properties, UNKNOWN } from "../../../provider/values";
import { MachineServices } from "../../../provider/machine-services";
import { initFailure, ServedProvider, serveProvider, urnOf } from "../../support/provider";
import { describeWithSshd, freePort, Sshd, startSshd } from "../ssh/sshd";

const urn = urnOf({ type: "kluster-provider:kubernetes:RemovedApis" }, "/removed-apis");
const described: Described = {
  ...{ kernel: null, kernelVersion: "", initrd: null, kernelParams: [], kernelModules: [], inhibitors: {} },
  ...{ packages: {}, units: {} },
};

describeWithSshd("what the next Kubernetes no longer has", () => {
  const [host, client] = [generateSshKeyPair("host"), generateSshKeyPair("client")];
  let folder: string;
  let sshd: Sshd;
  let provider: ServedProvider;
  let inputs: Properties;
  let services: MachineServices;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "kluster-removed-apis-"));
    mkdirSync(join(folder, "scripts"));
    counts("");
    const port = await freePort();
    sshd = await startSshd({ port, hostKey: host, clientKey: client });
    services = new MachineServices(() => Promise.reject(new Error("nothing is run")), {
      project: folder,
      cache: join(folder, "cache"),
    });
    provider = await serveProvider([removedApis(services, undefined, port)]);
    const authority = await createCertificateAuthority({ commonName: "kluster-dev" });
    inputs = {
      ...{ machine: "il", address: "127.0.0.1", hostKey: host.publicKey, privateKey: client.privateKey },
      ...{ server: "https://il:6443", authority, trusted: authority.certificate },
    };
  });
  afterEach(async () => {
    provider.stop();
    await sshd.stop();
    rmSync(folder, { recursive: true });
  });

  function counts(metrics: string) {
    writeFileSync(join(folder, "scripts/removed-apis.sh"), `cat >/dev/null; printf '%s' '${metrics}'\n`);
  }

  /** What check makes of the master's system with that Kubernetes. */
  async function of(version: string, before?: Properties): Promise<Properties> {
    const storePath = `/nix/store/${version}`;
    const rest = { drvPath: "/d", certificates: {}, bootstrapObjects: [], secrets: [], storePath };
    const summary = summarize(storePath, { ...described, packages: { kubernetes: [version] } });
    services.summaries.takeFrom({ il: { ...rest, summary } });
    return fromStruct((await provider.check(urn, { ...inputs, storePath }, before)).getInputs());
  }
  const widgets =
    'apiserver_requested_deprecated_apis{group="example.org",removed_release="1.36",resource="widgets",subresource="",version="v1beta1"} 1\n';

  test("is looked for where the minor goes up, and for nothing else", async () => {
    const before = await of("1.35.2");
    expect(before.minor).toBe("1.35");
    const diffs = async (news: Properties) => (await provider.diff(urn, before, before, news)).getDiffsList();
    expect(await diffs(await of("1.35.9", before))).toEqual([]);
    expect(await diffs(await of("1.36.1", before))).toEqual(["minor"]);
    const unknown = await provider.check(urn, { ...inputs, storePath: UNKNOWN }, before);
    expect(await diffs(fromStruct(unknown.getInputs()))).toEqual([]);
  });

  test("is told in the preview to be looked for, and nobody logs in", async () => {
    await sshd.stop();
    const before = await of("1.35.2");
    await provider.update(urn, "il", before, before, await of("1.36.1"), true);
    expect(provider.lines.map(({ message }) => message)).toEqual([
      "Kubernetes 1.35 → 1.36: before any machine changes, the run looks whether somebody asks for what 1.36 no longer has",
    ]);
  });

  test("lets the upgrade pass where nobody asks for it", async () => {
    const before = await of("1.35.2");
    await provider.update(urn, "il", before, before, await of("1.36.1"));
  });

  test("stops it where somebody does, with what that is, who asks and what to do", async () => {
    counts(widgets);
    const before = await of("1.35.2");
    const refusal = await initFailure(provider.update(urn, "il", before, before, await of("1.36.1")));
    expect(refusal.getReasonsList()[0]).toMatch(
      /^Kubernetes 1\.36 no longer has what somebody has asked for since il's API server started: widgets of example\.org\/v1beta1 \(gone in 1\.36\)\. Nothing was changed\. .*audit\.log.*systemctl restart kube-apiserver\. Then `pulumi up` again\.$/,
    );
    // Taken back it is over, and nobody is asked.
    await provider.update(urn, "il", { ...before, unproved: "x" }, before, before);
  });

  test("is nothing to a cluster that is made", async () => {
    counts(widgets);
    await provider.create(urn, await of("1.36.1"));
  });
});
