import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSshKeyPair } from "../../../provider/keys";
import { attempt } from "../../../provider/resources/attempt";
import { labelsAndTaints } from "../../../provider/resources/labels-and-taints";
import { fromStruct, Properties } from "../../../provider/values";
import { MachineServices } from "../../../provider/machine-services";
import { ModelledAttempt } from "../../support/pulumi-model";
import { initFailure, ServedProvider, serveProvider, urnOf } from "../../support/provider";
import { describeWithSshd, freePort, Sshd, startSshd } from "../ssh/sshd";

jest.setTimeout(120_000);

const TYPE = "kluster-provider:kubernetes:LabelsAndTaints";
const urn = urnOf({ type: TYPE }, "ee/labels-and-taints");
const [host, client] = [generateSshKeyPair("host"), generateSshKeyPair("client")];

/** A node that is a file: kubectl's answers, and the API's to a merge patch. */
const KUBECTL = `
const fs = require("node:fs");
const [folder, ...args] = process.argv.slice(2);
const file = folder + "/node.json";
const fail = (words) => (console.error(words), process.exit(1));
if (fs.existsSync(folder + "/away")) fail("The connection to the server il:6443 was refused");
if (!fs.existsSync(file)) fail('Error from server (NotFound): nodes "ee" not found');
const node = JSON.parse(fs.readFileSync(file, "utf8"));
if (args.includes("get")) return console.log(JSON.stringify(node, undefined, 2));
if (fs.existsSync(folder + "/conflict")) {
  fs.rmSync(folder + "/conflict");
  node.metadata.resourceVersion = "other";
}
const patch = JSON.parse(args.find((arg) => arg.startsWith("--patch=")).slice("--patch=".length));
if (patch.metadata.resourceVersion !== node.metadata.resourceVersion) {
  fs.writeFileSync(file, JSON.stringify(node));
  fail('Error from server (Conflict): Operation cannot be fulfilled on nodes "ee"');
}
const merged = (target, patch) => {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
};
const after = merged(node, patch);
after.metadata.resourceVersion += "+";
fs.writeFileSync(file, JSON.stringify(after));
`;

const THEIRS = {
  labels: { "kubernetes.io/os": "linux", rack: "7" },
  taints: [{ key: "node.kubernetes.io/not-ready", effect: "NoExecute", timeAdded: "now" }],
};

describeWithSshd("labels and taints of a node", () => {
  let folder: string;
  let sshd: Sshd;
  let provider: ServedProvider;
  let inputs: Properties;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "kluster-labels-"));
    mkdirSync(join(folder, "scripts"));
    write("kubectl.js", KUBECTL);
    const script = readFileSync(join(__dirname, "../../../scripts/node-object.sh"), "utf8");
    const kubectl = `kubectl() { '${process.execPath}' ${folder}/kubectl.js ${folder} "$@"; }`;
    write("scripts/node-object.sh", `${kubectl}\n${script}`);
    writeNode({ metadata: { resourceVersion: "1", labels: THEIRS.labels }, spec: { taints: THEIRS.taints } });
    const port = await freePort();
    sshd = await startSshd({ port, hostKey: host, clientKey: client });
    const services = new MachineServices(() => Promise.reject(new Error("nothing is run")), {
      project: folder,
      cache: join(folder, "cache"),
    });
    const resource = labelsAndTaints(services, port, { change: 5_000, look: 2_000 });
    provider = await serveProvider([resource, attempt([resource])]);
    inputs = {
      ...{ node: "ee", identity: "machine-1", master: "machine-0" },
      ...{ address: "127.0.0.1", hostKey: host.publicKey, privateKey: client.privateKey },
      ...{ labels: { "example.org/disk": "ssd" }, taints: { "dedicated:NoSchedule": "database" } },
    };
  });
  afterEach(async () => {
    provider.stop();
    await sshd.stop();
    rmSync(folder, { recursive: true });
  });

  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const writeNode = (node: unknown) => write("node.json", JSON.stringify(node));
  const node = () => JSON.parse(readFileSync(join(folder, "node.json"), "utf8"));
  const labels = () => node().metadata.labels;
  const taints = () => node().spec.taints;
  const lines = () =>
    provider.lines.filter(({ ephemeral }) => !ephemeral).map(({ severity, message }) => [severity, message]);
  const update = (before: Properties, after: Properties) => provider.update(urn, "ee", before, before, after);
  const OURS = { key: "dedicated", value: "database", effect: "NoSchedule" };

  test("are added beside those of others, changed, and taken off", async () => {
    await provider.create(urn, inputs);
    expect(labels()).toEqual({ ...THEIRS.labels, "example.org/disk": "ssd" });
    expect(taints()).toEqual([...THEIRS.taints, OURS]);
    const other = {
      ...inputs,
      labels: { "example.org/disk": "hdd", tier: "" },
      taints: { "a:NoExecute": "" },
    };
    await update(inputs, other);
    expect(labels()).toEqual({ ...THEIRS.labels, "example.org/disk": "hdd", tier: "" });
    expect(taints()).toEqual([...THEIRS.taints, { key: "a", effect: "NoExecute" }]);
    await provider.delete(urn, "ee", other, other);
    expect(node().metadata).toMatchObject({ labels: THEIRS.labels, annotations: {} });
    expect(taints()).toEqual(THEIRS.taints);
  });

  test("are told in the preview, with what evicts pods", async () => {
    await provider.check(urn, inputs, inputs);
    expect(lines()).toEqual([]);
    const taints = { "dedicated:NoSchedule": "database", "a:NoExecute": "" };
    await provider.check(urn, { ...inputs, labels: { "example.org/disk": "hdd" }, taints }, inputs);
    expect(lines()).toEqual([
      [
        "info",
        "node ee: label example.org/disk=ssd becomes example.org/disk=hdd; taint a:NoExecute is added",
      ],
      [
        "warning",
        expect.stringMatching(/^taint a:NoExecute evicts the pods of node ee that do not tolerate it/),
      ],
    ]);
    provider.lines.length = 0;
    await provider.check(urn, inputs);
    expect(lines()[0][1]).toBe(
      "node ee: label example.org/disk=ssd is added; taint dedicated=database:NoSchedule is added",
    );
  });

  test("differ by key in what Pulumi shows, and not by the way to the master", async () => {
    const after = { ...inputs, labels: { "example.org/disk": "hdd" }, address: "10.0.0.1", privateKey: "x" };
    const diff = await provider.diff(urn, inputs, inputs, after);
    expect(diff.getDiffsList()).toEqual(["labels"]);
    expect([...diff.getDetaileddiffMap().keys()]).toEqual(['labels["example.org/disk"]']);
  });

  test("are put there once more on another machine, or by another master", async () => {
    for (const changed of [{ identity: "machine-2" }, { master: "machine-3" }]) {
      const diff = await provider.diff(urn, inputs, inputs, { ...inputs, ...changed });
      expect(diff.getReplacesList()).toEqual([]);
      expect(diff.getDiffsList()).toEqual(Object.keys(changed));
    }
  });

  test("that somebody has changed by hand are found by refresh, and put right", async () => {
    await provider.create(urn, inputs);
    const now = node();
    now.metadata.labels = { ...THEIRS.labels, "example.org/disk": "floppy", also: "mine" };
    now.spec.taints = THEIRS.taints;
    writeNode(now);
    const read = await provider.read(urn, "ee", inputs, inputs);
    const found = fromStruct(read.getInputs());
    expect(found).toMatchObject({ labels: { "example.org/disk": "floppy" }, taints: {} });
    expect(found.labels).not.toHaveProperty("also");
    await update({ ...inputs, ...{ labels: found.labels, taints: found.taints } }, inputs);
    expect(labels()).toEqual({ ...THEIRS.labels, also: "mine", "example.org/disk": "ssd" });
    expect(taints()).toEqual([...THEIRS.taints, OURS]);
  });

  test("are tried again where the node was another in the meantime", async () => {
    write("conflict", "");
    await provider.create(urn, inputs);
    expect(labels()["example.org/disk"]).toBe("ssd");
  });

  test("of which a killed run has told nobody go when the wish is taken back", async () => {
    const marked = new ModelledAttempt(provider, TYPE, "ee");
    await marked.up(inputs);
    await marked.up({ ...inputs, labels: { ...inputs.labels, more: "" } }, {}, "in the resource");
    expect(labels()).toHaveProperty("more");
    expect(await marked.isUnchanged(inputs)).toBe(false);
    await marked.up(inputs);
    expect(labels()).toEqual({ ...THEIRS.labels, "example.org/disk": "ssd" });
    expect(await marked.isUnchanged(inputs)).toBe(true);
  });

  test("are said of a node that is not there", async () => {
    rmSync(join(folder, "node.json"));
    await expect(provider.create(urn, inputs)).rejects.toThrow(
      /Kubernetes has no node ee, so it could not get its labels and taints\. .*systemctl restart kubelet\. Then `pulumi up` again/,
    );
    // There is nothing to be taken off, and refresh finds that it has none.
    await provider.delete(urn, "ee", inputs, inputs);
    const found = fromStruct((await provider.read(urn, "ee", inputs, inputs)).getInputs());
    expect(found).toMatchObject({ labels: {}, taints: {} });
  });

  test.each([
    ["the API", async () => write("away", "")],
    ["the master", () => sshd.stop()],
  ])("that cannot be looked at since %s is away are not taken for unchanged", async (_, leave) => {
    await leave();
    const failure = await initFailure(provider.read(urn, "ee", inputs, inputs));
    expect(failure.getReasonsList()[0]).toMatch(
      /^labels and taints of node ee could not be looked at by way of the master: /,
    );
    await expect(provider.delete(urn, "ee", inputs, inputs)).rejects.toThrow(/within 5 s/);
  });
});
