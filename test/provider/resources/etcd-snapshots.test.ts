import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync, createReadStream } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckResponse } from "@pulumi/pulumi/proto/provider_pb";
import { newAgeKey } from "../../../provider/age";
import { openSnapshot } from "../../../provider/etcd/snapshot-file";
import { run } from "../../../provider/process";
import { etcdSnapshots } from "../../../provider/resources/etcd-snapshots";
import { Properties, UNKNOWN } from "../../../provider/values";
import { MachineServices } from "../../../provider/machine-services";
import { ServedProvider, serveProvider, urnOf } from "../../support/provider";
import { database } from "../etcd/database";
import { describeWithSshd, freePort, Sshd, startSshd } from "../ssh/sshd";

const clock = { now: () => Date.parse("2026-11-28T12:00:00Z"), sleep: async () => {} };

describeWithSshd("etcd's snapshots", () => {
  let sshd: Sshd;
  let folder: string;
  let provider: ServedProvider;
  let key: { identity: string; recipient: string };
  beforeAll(async () => {
    sshd = await startSshd();
    key = await newAgeKey();
  });
  afterAll(() => sshd?.stop());
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "kluster-snapshots-"));
    mkdirSync(join(folder, "scripts"));
    await serve(sshd.login.port);
  });
  afterEach(() => {
    provider.stop();
    rmSync(folder, { recursive: true });
  });

  async function serve(port: number) {
    provider?.stop();
    const services = new MachineServices(run, { project: folder, cache: folder });
    const { key, snapshot } = etcdSnapshots(services, clock, port);
    provider = await serveProvider([key, snapshot]);
  }

  /** What the machine's script does. */
  const machine = (script: string) => writeFileSync(join(folder, "scripts/etcd-snapshot.sh"), script);
  const hasEtcd = () => {
    writeFileSync(join(folder, "db"), database(3000));
    machine(`cat ${folder}/db`);
  };

  const type = "kluster-provider:etcd:Snapshot";
  const urn = () => urnOf({ type }, "/etcd-snapshot");
  const inputs = (changes: Properties = {}): Properties => ({
    ...{ identity: "this", machine: "il", address: "127.0.0.1" },
    ...{ hostKey: sshd.login.hostKey, privateKey: sshd.login.privateKey },
    ...{ folder: join(folder, "kept"), keep: 2, days: 9 },
    ...{ recipients: [key.recipient], encryptionKeys: ["present", "earlier"] },
    occasion: { system: "/nix/store/a" },
    ...changes,
  });
  const update = (occasion: Properties, preview = false) =>
    provider.update(urn(), "this", inputs(), inputs(), inputs({ occasion }), preview);
  const kept = () => {
    try {
      return readdirSync(join(folder, "kept"));
    } catch {
      return [];
    }
  };
  const said = () => provider.lines.filter(({ ephemeral }) => !ephemeral).map(({ message }) => message);
  /** As `up` and `preview` do, and `destroy` does not. */
  const runProgram = (beforeReplacement = "required") =>
    provider.check(urnOf({ type: "kluster-provider:etcd:SnapshotKey" }, "/snapshot-key"), {
      beforeReplacement,
    });
  const replace = () => provider.delete(urn(), "this", inputs(), inputs());

  test("a new cluster has nothing to save", async () => {
    machine("exit 9");
    expect((await provider.create(urn(), inputs())).getId()).toBe("this");
  });

  test.each<[string, Properties, string[], string[]]>([
    ["the system changes", { occasion: { system: "/nix/store/b" } }, ["occasion"], []],
    ["a key is asked for", { occasion: { system: "/nix/store/a", hosts: "1" } }, ["occasion"], []],
    ["the folder is another", { folder: "/elsewhere", keep: 9, days: 1 }, [], []],
    ["the way there is another", { address: "127.0.0.2", hostKey: "h", privateKey: "p" }, [], []],
    ["there are other keys", { encryptionKeys: ["other"], recipients: ["age1other"] }, [], []],
    ["the machine is another", { identity: "other" }, ["identity"], ["identity"]],
    ["the machine will be another", { identity: UNKNOWN }, ["identity"], ["identity"]],
  ])("where %s", async (_, change, changed, replaced) => {
    const diff = await provider.diff(urn(), inputs(), inputs(), inputs(change));
    expect([diff.getDiffsList(), diff.getReplacesList()]).toEqual([changed, replaced]);
  });

  test("a preview says why and where, and takes none", async () => {
    machine("exit 9");
    await update({ system: UNKNOWN, authorities: "1" }, true);
    expect(said()).toEqual([
      `before the system of il and keys (authorities) change: a snapshot of etcd is taken, into ${folder}/kept`,
    ]);
  });

  test("before a change it is taken, and holds the keys of Secrets of its time", async () => {
    hasEtcd();
    await update({ system: "/nix/store/b" });
    const [name] = kept();
    const path = join(folder, "kept", name);
    expect(said()).toEqual([`before the system of il changes: etcd's snapshot is ${path}`]);
    const { header, close } = await openSnapshot(createReadStream(path), [key.identity]);
    close();
    expect(header).toMatchObject({
      machine: "il",
      reason: "before the system of il changes",
      encryptionKeys: ["present", "earlier"],
    });
  });

  test.each([
    ["etcd does not answer", "echo 'context deadline exceeded' >&2; exit 1", /goes on.*deadline exceeded/s],
    ["only half of it comes", "head -c 2000 /dev/zero", /goes on.*no whole snapshot/s],
  ])("where %s, the change goes on and says so", async (_, script, message) => {
    machine(script);
    await update({ system: "/nix/store/b" });
    expect(said().join()).toMatch(message);
    expect(kept()).toEqual([]);
  });

  test("a folder that cannot be written is the user's to mend: the change waits", async () => {
    hasEtcd();
    writeFileSync(join(folder, "kept"), "a file");
    await expect(update({ system: "/nix/store/b" })).rejects.toThrow(/EEXIST|ENOTDIR/);
  });

  describe("before another machine takes the master's place", () => {
    test("a last one is taken", async () => {
      hasEtcd();
      await runProgram();
      await replace();
      expect(kept()).toHaveLength(1);
    });

    test("one that cannot be taken is in the way, and says how to go on", async () => {
      machine("echo 'context deadline exceeded' >&2; exit 1");
      await runProgram();
      await expect(replace()).rejects.toThrow(
        /il is not replaced: .*context deadline exceeded.*pulumi config set --path kluster:snapshots.beforeReplacement tried/s,
      );
    });

    test("it is not where the user says so", async () => {
      machine("echo 'context deadline exceeded' >&2; exit 1");
      await runProgram("tried");
      await replace();
      expect(said().join()).toMatch(/il is replaced without a snapshot of etcd: .*deadline exceeded/s);
    });

    test("where there is no etcd there is nothing to save", async () => {
      machine("exit 3");
      await runProgram();
      await replace();
      expect([kept(), said()]).toEqual([[], []]);
    });

    test("a machine that does not answer is gone as it is", async () => {
      await serve(await freePort());
      await runProgram();
      await replace();
      expect(said().join()).toMatch(/il is replaced, and gives no snapshot of etcd: .*refuses connections/);
    });

    test("pulumi destroy takes none: the key goes as well", async () => {
      machine("exit 9");
      await replace();
      expect([kept(), said()]).toEqual([[], []]);
    });
  });

  test("the key is made once, and is a secret", async () => {
    const made = await provider.create(urnOf({ type: "kluster-provider:etcd:SnapshotKey" }), {
      beforeReplacement: "required",
    });
    expect(made.getProperties()?.toJavaScript()).toMatchObject({
      recipient: expect.stringMatching(/^age1/),
      identity: { value: expect.stringMatching(/^AGE-SECRET-KEY-1/) },
    });
    const checked: CheckResponse = await runProgram("tried");
    expect(checked.getFailuresList()).toEqual([]);
  });
});
