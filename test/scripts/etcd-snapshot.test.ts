import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SCRIPT = join(__dirname, "../../scripts/etcd-snapshot.sh");
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "kluster-etcd-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const program = (name: string, text: string) =>
  writeFileSync(join(folder, name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });

/** On a machine whose etcd has these settings. */
function snapshot(environment: string) {
  writeFileSync(join(folder, "environment"), environment);
  program("systemctl", `cat "${folder}/environment"`);
  const { status, stdout, stderr } = spawnSync("bash", [SCRIPT], {
    env: { PATH: `${folder}:${process.env.PATH}`, KLUSTER_FOLDER: join(folder, "kluster") },
  });
  return { status, stdout: stdout.toString("latin1"), stderr: stderr.toString() };
}

const settings = () =>
  [
    `ETCD_DATA_DIR=${folder}/etcd ETCD_NAME=il "ETCD_NOTE=has a space"`,
    "ETCD_ADVERTISE_CLIENT_URLS=https://etcd.local:2379,https://other:2379",
    "ETCD_TRUSTED_CA_FILE=/k/etcd-ca.pem ETCD_CERT_FILE=/k/etcd.pem ETCD_KEY_FILE=/k/etcd-key.pem",
  ].join(" ");

test("it is etcd's own, byte by byte, by etcd's own certificate; nothing stays behind", () => {
  mkdirSync(join(folder, "etcd/member"), { recursive: true });
  program(
    "etcdctl",
    `echo "$*" >"${folder}/asked"; printf '\\0\\xff\\n\\r' >"\${*: -1}"; echo "Snapshot saved"`,
  );
  expect(snapshot(settings())).toEqual({ status: 0, stdout: "\0\xff\n\r", stderr: "Snapshot saved\n" });
  expect(readFileSync(join(folder, "asked"), "utf8")).toMatch(
    /^--endpoints=https:\/\/etcd\.local:2379 --cacert=\/k\/etcd-ca\.pem --cert=\/k\/etcd\.pem --key=\/k\/etcd-key\.pem .* snapshot save /,
  );
  expect(readdirSync(join(folder, "kluster"))).toEqual([]);
});

test("an etcd that is down says so, and nothing stays behind", () => {
  mkdirSync(join(folder, "etcd/member"), { recursive: true });
  program("etcdctl", 'touch "${*: -1}.part"; echo "context deadline exceeded" >&2; exit 1');
  expect(snapshot(settings())).toEqual({ status: 1, stdout: "", stderr: "context deadline exceeded\n" });
  expect(readdirSync(join(folder, "kluster"))).toEqual([]);
});

test.each([
  ["no etcd", () => ""],
  ["an etcd that has never held anything", settings],
])("a machine with %s has nothing to save", (_, environment) => {
  expect(snapshot(environment())).toEqual({ status: 3, stdout: "", stderr: "" });
  expect(existsSync(join(folder, "kluster"))).toBe(false);
});
