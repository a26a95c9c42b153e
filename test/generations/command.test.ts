import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { generateSshKeyPair } from "../../provider/keys";

const CHECKOUT = join(__dirname, "../..");
const { generations } = (
  JSON.parse(readFileSync(join(CHECKOUT, "package.json"), "utf8")) as { scripts: { generations: string } }
).scripts;

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "kluster-generations-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(outputs: object, args: string[]) {
  writeFileSync(join(folder, "outputs.json"), JSON.stringify(outputs));
  writeFileSync(
    join(folder, "pulumi"),
    `#!/bin/bash
     case "$*" in
       "stack output"*) cat ${folder}/outputs.json ;;
       "stack export"*) echo '{"deployment":{"resources":[]}}' ;;
       *) exit 255 ;;
     esac\n`,
    { mode: 0o755 },
  );
  const path = [folder, join(process.execPath, ".."), "/usr/bin", "/bin"].join(delimiter);
  return spawnSync("/bin/sh", ["-c", `exec ${generations} "$@"`, "generations", ...args], {
    cwd: CHECKOUT,
    encoding: "utf8",
    env: { PATH: path, HOME: folder },
  });
}

const key = generateSshKeyPair("operator");
const cluster = {
  master: "il",
  machines: {
    il: { address: "127.0.0.2", hostKey: key.publicKey, roles: ["master"], system: "/nix/store/a" },
  },
  sshKey: key.privateKey,
  kubeconfig: JSON.stringify({
    clusters: [{ cluster: { server: "https://127.0.0.2:6443", "certificate-authority-data": "" } }],
    users: [{ user: { "client-certificate-data": "" } }],
  }),
};

test.each([[["--yaml"]], [["--stack"]], [["il", "ee"]]])("%j is misuse", (args) => {
  const { status, stderr } = run({}, args);
  expect([status, stderr]).toEqual([2, expect.stringMatching(/^usage: npm run generations/)]);
});

test("how to go back is in the help", () => {
  const { status, stdout } = run({}, ["--help"]);
  expect([status, stdout]).toEqual([
    0,
    expect.stringContaining("pulumi config set --path kluster:rollback.HOST HASH"),
  ]);
});

test("before the first up there is nothing to list, which is said", () => {
  const { status, stderr } = run({}, []);
  expect([status, stderr]).toEqual([
    2,
    "generations: there is no cluster yet; it is there once pulumi up is over\n",
  ]);
});

test("a machine that is not there is told with those that are", () => {
  const { status, stderr } = run(cluster, ["sam"]);
  expect([status, stderr]).toEqual([2, expect.stringMatching(/there is no machine sam; there are il\n$/)]);
});

test("a machine that cannot be reached is told beside the others", () => {
  const { status, stdout, stderr } = run(cluster, ["--json"]);
  expect([status, JSON.parse(stdout)]).toEqual([1, {}]);
  expect(stderr).toMatch(/^generations: il: /);
});
