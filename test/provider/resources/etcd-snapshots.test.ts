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
import { S3StandIn } from "../../support/s3";
import { ServedProvider, serveProvider, urnOf } from "../../support/provider";
import { database } from "../etcd/database";
import { describeWithSshd, freePort, Sshd, startSshd } from "../ssh/sshd";

/** Nobody waits; what is waited for has its deadline all the same. */
let time: number;
const clock = { now: () => time, sleep: async (milliseconds: number) => void (time += milliseconds) };

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
    time = Date.parse("2026-11-28T12:00:00Z");
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
    ["S3 is wanted, or another", { s3: { bucket: "other", secretKey: "other" } }, [], []],
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

  describe("in S3 as well", () => {
    let s3: S3StandIn;
    beforeEach(async () => {
      s3 = new S3StandIn();
      await s3.start();
      hasEtcd();
    });
    afterEach(() => s3.stop());

    const withS3 = (changes: object = {}): Properties => inputs({ s3: { ...s3.target(changes) } });
    const change = (before: Properties, preview = false) =>
      provider.update(
        ...([
          urn(),
          "this",
          before,
          before,
          { ...before, occasion: { system: "/nix/store/b" } },
          preview,
        ] as const),
      );
    const warnings = () =>
      provider.lines.filter(({ severity }) => severity === "warning").map(({ message }) => message);

    test("a preview names the bucket, and asks it nothing", async () => {
      await change(withS3(), true);
      expect(said()).toEqual([
        `before the system of il changes: a snapshot of etcd is taken, into ${folder}/kept and the bucket kluster at ${s3.endpoint}`,
      ]);
      expect(s3.seen).toEqual([]);
    });

    test("each is uploaded under its name, and the oldest go at both places", async () => {
      for (const day of [1, 2, 3]) {
        time = Date.parse(`2026-11-0${day}T12:00:00Z`);
        await change(withS3());
      }
      expect(kept()).toHaveLength(2);
      expect(s3.keys()).toEqual(kept());
      expect(said().at(-1)).toBe(`etcd's snapshots are in the bucket kluster at ${s3.endpoint} as well`);
      expect(warnings()).toEqual([]);
    });

    test.each<[string, object, (s3: S3StandIn) => void, RegExp]>([
      ["a wrong key", { secretKey: "MARKER" }, () => {}, /the secret key is not that of the access key/],
      [
        "no such bucket",
        { bucket: "other" },
        () => {},
        /the bucket other at http:.*: there is no such bucket/,
      ],
      ["a wrong clock", {}, (s3) => (s3.ahead = 3_600_000), /this box is 60 minutes behind the server's/],
      [
        "no server",
        { endpoint: "http://127.0.0.1:1" },
        () => {},
        /kluster at http:\/\/127\.0\.0\.1:1: it refuses/,
      ],
      [
        "a server that is busy for good",
        {},
        (s3) => (s3.faults = Array.from({ length: 99 }, () => ({ status: 503, code: "SlowDown" }))),
        /: SlowDown$/,
      ],
    ])(
      "with %s the change goes on with a warning that says so, and the next one makes good for it",
      async (_, wrong, make, cause) => {
        make(s3);
        await change(withS3(wrong));
        expect(kept()).toHaveLength(1);
        expect(warnings()).toEqual([
          expect.stringMatching(
            /^etcd's snapshot is in \S+\/kept; the copy in S3 failed, and the next one uploads what is missing: the bucket /,
          ),
        ]);
        expect(warnings()[0]).toMatch(cause);
        expect(JSON.stringify(provider.lines)).not.toMatch(/MARKER|secret\/of/);
        expect(s3.keys()).toEqual([]);
        Object.assign(s3, { ahead: 0, faults: [] });
        time += 86_400_000;
        await change(withS3());
        expect(kept()).toHaveLength(2);
        expect(s3.keys()).toEqual(kept());
      },
    );

    test("what passes is no matter", async () => {
      s3.faults = [{ status: 503, code: "SlowDown" }, "reset", undefined, "half"];
      await change(withS3());
      expect(s3.keys()).toEqual(kept());
      expect(warnings()).toEqual([]);
    });

    test("the last one of a machine that is replaced is there, too", async () => {
      await runProgram();
      await provider.delete(urn(), "this", withS3(), withS3());
      expect(kept()).toHaveLength(1);
      expect(s3.keys()).toEqual(kept());
    });

    test("the keys stay secret in inputs and state", async () => {
      const isSecret = { s3: { value: expect.objectContaining({ secretKey: s3.secretKey }) } };
      const checked: CheckResponse = await provider.check(urn(), withS3());
      expect(checked.getInputs()?.toJavaScript()).toMatchObject(isSecret);
      expect((await provider.create(urn(), withS3())).getProperties()?.toJavaScript()).toMatchObject(
        isSecret,
      );
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
