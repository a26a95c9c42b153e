import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Readable } from "node:stream";
import { newAgeKey } from "../../provider/age";
import { SnapshotFolder } from "../../provider/etcd/folder";
import { sealSnapshot } from "../../provider/etcd/snapshot-file";
import { generateSshKeyPair } from "../../provider/keys";
import { database } from "../provider/etcd/database";

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
  const [host, operator] = [generateSshKeyPair("host"), generateSshKeyPair("operator")];
  const resources = [
    {
      urn: "urn:x::kluster-provider:etcd:Snapshot::/etcd-snapshot",
      inputs: {
        ...{ identity: "this", machine: "il", address: "127.0.0.1", hostKey: host.publicKey },
        ...{ privateKey: secret(operator.privateKey), encryptionKeys: secret(["present"]) },
        ...{ folder: join(folder, "snapshots"), keep: 2, days: 9, recipients: [key.recipient] },
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
  mkdirSync(join(folder, "bin"));
  writeFileSync(
    join(folder, "bin/pulumi"),
    `#!/bin/bash\ncase "$1 $2" in "stack export") cat ${folder}/state.json ;; *) echo dev ;; esac`,
  );
  chmodSync(join(folder, "bin/pulumi"), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

function etcd(...args: string[]) {
  const { scripts } = JSON.parse(readFileSync(join(CHECKOUT, "package.json"), "utf8")) as {
    scripts: { etcd: string };
  };
  return spawnSync("/bin/sh", ["-c", `${scripts.etcd} "$@"`, "etcd", ...args], {
    cwd: CHECKOUT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: [join(folder, "bin"), join(process.execPath, ".."), "/usr/bin", "/bin"].join(delimiter),
      HOME: folder,
      KLUSTER_SSH_PORT: "1", // nobody listens there
    },
  });
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
