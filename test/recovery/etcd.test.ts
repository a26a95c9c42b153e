import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { newAgeKey } from "../../provider/age";
import { SnapshotFolder } from "../../provider/etcd/folder";
import { sealSnapshot } from "../../provider/etcd/snapshot-file";
import { generateSshKeyPair } from "../../provider/keys";
import { S3Target } from "../../provider/s3/exchange";
import { Login } from "../../provider/ssh";
import { database } from "../provider/etcd/database";
import { describeWithSshd, startSshd } from "../provider/ssh/sshd";
import { S3StandIn } from "../support/s3";

jest.setTimeout(120_000);

const CHECKOUT = join(__dirname, "../..");
const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});

let folder: string;
let key: { identity: string; recipient: string };
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kluster-etcd-"));
  key = await newAgeKey();
  writeState();
  mkdirSync(join(folder, "bin"));
  writeFileSync(
    join(folder, "bin/pulumi"),
    `#!/bin/bash\ncase "$1 $2" in "stack export") cat ${folder}/state.json ;; *) echo dev ;; esac`,
  );
  chmodSync(join(folder, "bin/pulumi"), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

function writeState(s3?: S3Target, snapshots = join(folder, "snapshots"), login?: Login) {
  const [host, operator] = [generateSshKeyPair("host"), generateSshKeyPair("operator")];
  const resources = [
    {
      urn: "urn:x::kluster-provider:etcd:Snapshot::/etcd-snapshot",
      inputs: {
        ...{
          identity: "this",
          machine: "il",
          address: "127.0.0.1",
          hostKey: login?.hostKey ?? host.publicKey,
        },
        ...{
          privateKey: secret(login?.privateKey ?? operator.privateKey),
          encryptionKeys: secret(["present"]),
        },
        ...{ folder: snapshots, keep: 2, days: 9, recipients: [key.recipient] },
        ...(s3 && { s3: secret(s3) }),
      },
      outputs: {},
    },
    {
      urn: "urn:x::kluster-provider:etcd:SnapshotKey::/snapshot-key",
      inputs: {},
      outputs: { recipient: key.recipient, identity: secret(key.identity) },
    },
    { urn: "urn:x::kluster-provider:kubernetes:AccessRules::/access-rules", inputs: {}, outputs: {} },
  ];
  writeFileSync(join(folder, "state.json"), JSON.stringify({ deployment: { resources } }));
}

/** What a shell is given. */
function commandLine(args: readonly string[]) {
  const { scripts } = JSON.parse(readFileSync(join(CHECKOUT, "package.json"), "utf8")) as {
    scripts: { etcd: string };
  };
  return ["-c", `${scripts.etcd} "$@"`, "etcd", ...args];
}

/** Nobody listens at port 1. */
let port = 1;
afterEach(() => (port = 1));
const options = (port = 1) => ({
  cwd: CHECKOUT,
  env: {
    PATH: [join(folder, "bin"), join(process.execPath, ".."), "/usr/bin", "/bin"].join(delimiter),
    HOME: folder,
    KLUSTER_SSH_PORT: String(port),
  },
});

const etcd = (...args: string[]) =>
  spawnSync("/bin/sh", commandLine(args), {
    ...options(),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });

/** The same while this process answers. */
async function etcdMeanwhile(...args: string[]) {
  const child = spawn("/bin/sh", commandLine(args), { ...options(port), stdio: ["ignore", "pipe", "pipe"] });
  const status = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await status, stdout, stderr };
}

async function keep(reason: string, time: string, recipient = key.recipient): Promise<string> {
  const header = { time, machine: "il", reason, encryptionKeys: ["present"] };
  const sealed = await sealSnapshot(header, Readable.from([database(2000)]), [recipient]);
  return new SnapshotFolder(join(folder, "snapshots"), recipient).write(sealed, Date.parse(time));
}

test("the list has this cluster's snapshots, the oldest first, and why each was taken", async () => {
  const second = await keep("before the system of il changes", "2026-11-28T12:00:00Z");
  const first = await keep("asked for", "2026-11-27T12:00:00Z");
  await keep("another cluster's", "2026-11-28T12:00:00Z", (await newAgeKey()).recipient);
  expect(etcd("list")).toMatchObject({
    status: 0,
    stdout:
      `${first}  2026-11-27 12:00:00 UTC  1.0 MB  asked for\n` +
      `${second}  2026-11-28 12:00:00 UTC  1.0 MB  before the system of il changes\n`,
  });
});

test("a restore says what it restores, and asks", async () => {
  const file = await keep("asked for", "2026-11-27T12:00:00Z");
  for (const name of ["latest", file, file.split("/").at(-1)!]) {
    const { status, stderr } = etcd("restore", name);
    expect([status, stderr]).toEqual([2, expect.stringContaining("--yes says that it is meant")]);
    expect(stderr).toContain(`${file} was taken 2026-11-27T12:00:00Z, on il: asked for`);
  }
  expect(etcd("restore", file, "--yes").stderr).toMatch(/127\.0\.0\.1:1 refuses connections/);
});

test.each([
  [["restore", "latest"], 1, /there is no snapshot of this cluster in/],
  [["restore", "nothing.age"], 1, /there is no file nothing\.age/],
  [["snapshot"], 1, /refuses connections/],
  [["restore"], 2, /restore takes a file/],
  [["list", "x"], 2, /list takes no file/],
  [["forget"], 2, /say what to do/],
  [[], 2, /say what to do/],
])("%j ends with %d", (args, status, message) => {
  expect(etcd(...args)).toMatchObject({ status, stderr: expect.stringMatching(message) });
});

test("a stack that has no snapshots yet is told what to do", () => {
  writeFileSync(join(folder, "state.json"), JSON.stringify({ deployment: {} }));
  expect(etcd("list")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("once pulumi up has made"),
  });
});

describe("with S3", () => {
  let s3: S3StandIn;
  beforeEach(async () => {
    s3 = new S3StandIn();
    await s3.start();
    writeState(s3.target({ prefix: "clusters" }));
  });
  afterEach(() => s3.stop());

  /** In S3; in the folder as well unless that is lost. */
  async function keepThere(reason: string, time: string, isLost = false): Promise<string> {
    const path = await keep(reason, time);
    const name = path.split("/").at(-1)!;
    s3.put(`clusters/${name}`, readFileSync(path));
    if (isLost) rmSync(path);
    return name;
  }
  const inFolder = (name: string) => join(folder, "snapshots", name);
  const where = () => `the bucket kluster at ${s3.endpoint}`;

  test("the list says where each lies, and why it was taken", async () => {
    const both = await keepThere("before keys (hosts) change", "2026-11-26T12:00:00Z");
    const lost = await keepThere("asked for", "2026-11-27T12:00:00Z", true);
    const here = await keep("before the system of il changes", "2026-11-28T12:00:00Z");
    s3.put("clusters/notes.txt");
    expect(await etcdMeanwhile("list")).toEqual({
      status: 0,
      stderr: "",
      stdout:
        `${inFolder(both)}  2026-11-26 12:00:00 UTC  1.0 MB  folder, S3  before keys (hosts) change\n` +
        `s3://kluster/clusters/${lost}  2026-11-27 12:00:00 UTC  1.0 MB  S3  asked for\n` +
        `${here}  2026-11-28 12:00:00 UTC  1.0 MB  folder  before the system of il changes\n`,
    });
  });

  test.each([
    ["latest", (_name: string) => "latest"],
    ["its name", (name: string) => name],
    ["its address", (name: string) => `s3://kluster/clusters/${name}`],
  ])("a restore of %s takes it from there where the folder is lost", async (_, word) => {
    await keepThere("asked for", "2026-11-26T12:00:00Z", true);
    const name = await keepThere("asked for", "2026-11-27T12:00:00Z", true);
    rmSync(join(folder, "snapshots"), { recursive: true });
    const { status, stderr } = await etcdMeanwhile("restore", word(name));
    expect([status, stderr]).toEqual([2, expect.stringContaining("--yes says that it is meant")]);
    expect(stderr).toContain(
      `etcd: downloading s3://kluster/clusters/${name} into ${folder}/snapshots\netcd: ${inFolder(name)} was taken 2026-11-27T12:00:00Z, on il: asked for\n`,
    );
    expect(readdirSync(join(folder, "snapshots"))).toEqual([name]);
    expect(readFileSync(inFolder(name)).equals(s3.buckets.get("kluster")!.get(`clusters/${name}`)!)).toBe(
      true,
    );
  });

  test("what the folder has is not asked for, and latest is the latest of both", async () => {
    const here = await keep("asked for", "2026-11-28T12:00:00Z");
    await keepThere("asked for", "2026-11-27T12:00:00Z", true);
    expect((await etcdMeanwhile("restore", here)).stderr).toContain(`${here} was taken`);
    expect(s3.seen).toEqual([]);
    expect((await etcdMeanwhile("restore", "latest")).stderr).toContain(`${here} was taken`);
  });

  test("a download that breaks off is tried again, and leaves nothing by half", async () => {
    const name = await keepThere("asked for", "2026-11-27T12:00:00Z", true);
    s3.faults = [undefined, "half", "half"];
    expect((await etcdMeanwhile("restore", name)).stderr).toContain(`${inFolder(name)} was taken`);
    rmSync(inFolder(name));
    s3.faults = [undefined, { status: 403, code: "AccessDenied" }];
    const { status, stderr } = await etcdMeanwhile("restore", name, "--yes");
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining(`${where()}: the access key must not do this`),
    ]);
    expect(existsSync(inFolder(name))).toBe(false);
  });

  test("a folder of another box, which cannot be made here, is named with what to do", async () => {
    const name = await keepThere("asked for", "2026-11-27T12:00:00Z", true);
    writeFileSync(join(folder, "home"), "no folder");
    writeState(s3.target({ prefix: "clusters" }), join(folder, "home/me"));
    const { status, stderr } = await etcdMeanwhile("restore", name, "--yes");
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/\/home\/me cannot be used.*run pulumi up here/),
    ]);
  });

  test("where it does not answer, the folder's are there, and it is said", async () => {
    writeState(s3.target({ secretKey: "MARKER" }));
    const here = await keep("asked for", "2026-11-28T12:00:00Z");
    const [list, latest, other] = [
      await etcdMeanwhile("list"),
      await etcdMeanwhile("restore", "latest"),
      await etcdMeanwhile("restore", "etcd-other.age"),
    ];
    const said = `etcd: ${where()}: the secret key is not that of the access key: `;
    expect(list).toMatchObject({
      status: 0,
      stdout: `${here}  2026-11-28 12:00:00 UTC  1.0 MB  folder  asked for\n`,
    });
    for (const { stdout, stderr } of [list, latest, other]) {
      expect(stderr.slice(0, said.length)).toBe(said);
      expect(stderr).toContain("What follows goes by the folder alone.\n");
      expect(stdout + stderr).not.toContain("MARKER");
    }
    expect(latest.stderr).toContain(`${here} was taken`);
    expect(other).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(
        `there is no file etcd-other.age, nor is it one in ${folder}/snapshots\n`,
      ),
    });
  });

  describeWithSshd("one that is asked for", () => {
    test("is uploaded with what was missing; where that fails it is in the folder, and cron hears of it", async () => {
      const program = (name: string, text: string) =>
        writeFileSync(join(folder, "bin", name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });
      mkdirSync(join(folder, "etcd/member"), { recursive: true });
      writeFileSync(join(folder, "db"), database(2000));
      program(
        "systemctl",
        `echo "ETCD_DATA_DIR=${folder}/etcd ETCD_ADVERTISE_CLIENT_URLS=https://etcd.local:2379"`,
      );
      program("etcdctl", `cp ${folder}/db "\${*: -1}"`);
      const sshd = await startSshd({
        environment: { PATH: `${folder}/bin:/usr/bin:/bin`, KLUSTER_FOLDER: join(folder, "machine") },
      });
      try {
        port = sshd.login.port!;
        writeState(s3.target({ prefix: "clusters", bucket: "other" }), undefined, sshd.login);
        const failed = await etcdMeanwhile("snapshot");
        expect(failed).toMatchObject({
          status: 1,
          stderr: expect.stringContaining(
            "the next one uploads what is missing: the bucket other at http://",
          ),
        });
        const first = failed.stdout.trim().split("/").at(-1)!;
        expect(existsSync(inFolder(first))).toBe(true);
        writeState(s3.target({ prefix: "clusters" }), undefined, sshd.login);
        const { status, stdout, stderr } = await etcdMeanwhile("snapshot");
        const second = stdout.trim().split("/").at(-1)!;
        expect([status, stderr]).toEqual([
          0,
          [
            ...[second, first].map((name) => `etcd: uploading ${name} to ${where()}\n`),
            `etcd: ${where()} has it as well\n`,
          ].join(""),
        ]);
        expect(s3.keys()).toEqual([first, second].map((name) => `clusters/${name}`));
      } finally {
        await sshd.stop();
      }
    });
  });
});
