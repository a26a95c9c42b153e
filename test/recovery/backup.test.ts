import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { newAgeKey } from "../../provider/age";

jest.setTimeout(120_000);

const CHECKOUT = join(__dirname, "../..");
const SECRET = "geheim-und-sonst-nichts";
const state = (salt: string, resources: object[]) => ({
  version: 3,
  deployment: { secrets_providers: { type: "passphrase", state: { salt } }, resources },
});
const before = state("old", [{ urn: "urn:x::y", outputs: { key: SECRET } }]);

let folder: string;
const path = (name: string) => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kluster-backup-"));
  mkdirSync(path("bin"));
  mkdirSync(path("stacks"));
  writeFileSync(path("stacks/dev"), JSON.stringify(before));
  writeFileSync(
    path("Pulumi.dev.yaml"),
    "encryptionsalt: old\nconfig:\n  # mine\n  kluster:secrets:\n    wifi:\n      secure: old\n",
  );
  // A backend as a folder of states; what comes by standard input is kept for the tests to see.
  writeFileSync(
    path("bin/pulumi"),
    `#!/bin/bash
    echo "$*" >>${folder}/calls
    stack=dev; for word; do [ "$last" != --stack ] || stack=$word; last=$word; done
    state=${folder}/stacks/$stack
    case "$1 $2" in
    "stack --show-name") echo dev ;;
    "stack ls") echo "[$(cd ${folder}/stacks; for name in *; do [ ! -e $name ] || printf '{"name":"%s"}' $name; done)]" ;;
    "stack export") cat $state ;;
    "stack import") cat >$state ;;
    "stack init") echo '${JSON.stringify(state("new", []))}' >${folder}/stacks/$3; echo "encryptionsalt: new" >>${folder}/Pulumi.dev.yaml ;;
    "config set") echo "\${*: -1}=$(cat)" >>${folder}/given ;;
    "config --json") case $* in *show-secrets*) echo '{"kluster:secrets":{"value":"{}","objectValue":{"wifi":"${SECRET}"},"secret":true}}' ;; *) echo '{}' ;; esac ;;
    *) echo "unexpected: $*" >&2; exit 9 ;;
    esac`,
  );
  chmodSync(path("bin/pulumi"), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

function backup(args: string[], env: Record<string, string> = { KLUSTER_BACKUP_PASSPHRASE: "right horse" }) {
  const { scripts } = JSON.parse(readFileSync(join(CHECKOUT, "package.json"), "utf8")) as {
    scripts: { backup: string };
  };
  return spawnSync("/bin/sh", ["-c", `${scripts.backup} "$@"`, "backup", ...args], {
    cwd: CHECKOUT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: [path("bin"), join(process.execPath, ".."), "/usr/bin", "/bin"].join(delimiter),
      HOME: folder,
      PULUMI_OPTION_CONFIG_FILE: path("Pulumi.dev.yaml"),
      ...env,
    },
  });
}

const lose = () => rmSync(path("stacks/dev"));

test("a backup is one file for its owner alone, and its secrets stand nowhere else", () => {
  const { status, stdout } = backup([folder]);
  expect(status).toBe(0);
  const file = stdout.trim();
  expect(file).toMatch(new RegExp(`^${folder}/kluster-dev-\\d{8}T\\d{9}Z\\.age$`));
  expect((statSync(file).mode & 0o777).toString(8)).toBe("600");
  expect(readFileSync(file, "latin1")).toMatch(/^age-encryption\.org\/v1\n-> scrypt /);
  expect(readFileSync(file, "latin1")).not.toContain(SECRET);
  expect(readFileSync(path("calls"), "utf8")).not.toContain(SECRET);
  expect(readdirSync(folder).sort()).toEqual(
    ["Pulumi.dev.yaml", file.split("/").at(-1), "bin", "calls", "stacks"].sort(),
  );
});

test("a state that is lost comes back, for whatever passphrase the new stack has", () => {
  const file = backup([path("safe.age")]).stdout.trim();
  lose();
  const { status, stderr } = backup(["restore", file]);
  expect([status, stderr]).toEqual([0, expect.stringContaining("the stack dev is back")]);
  expect(JSON.parse(readFileSync(path("stacks/dev"), "utf8"))).toEqual(
    state("new", before.deployment.resources),
  );
  expect(readFileSync(path("given"), "utf8")).toBe(`kluster:secrets["wifi"]=${SECRET}\n`);
  expect(readFileSync(path("Pulumi.dev.yaml"), "utf8")).toBe(
    "config:\n  # mine\n  {}\nencryptionsalt: new\n",
  );
  const kept = readdirSync(folder).find((name) => name.startsWith("Pulumi.dev.yaml.before-"))!;
  expect(readFileSync(path(kept), "utf8")).toContain("encryptionsalt: old");
  expect(readFileSync(path("calls"), "utf8")).not.toContain(SECRET);
});

test("a stack that has a state is not overwritten", () => {
  const file = backup([path("safe.age")]).stdout.trim();
  const settings = readFileSync(path("Pulumi.dev.yaml"), "utf8");
  const { status, stderr } = backup(["restore", file]);
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/the stack dev is there, and has a state. Nothing was changed/),
  ]);
  expect(JSON.parse(readFileSync(path("stacks/dev"), "utf8"))).toEqual(before);
  expect(readFileSync(path("Pulumi.dev.yaml"), "utf8")).toBe(settings);
});

test("a restore that was killed after the stack was made goes on", () => {
  const file = backup([path("safe.age")]).stdout.trim();
  writeFileSync(path("stacks/dev"), JSON.stringify(state("new", [])));
  expect(backup(["restore", file]).status).toBe(0);
  expect(JSON.parse(readFileSync(path("stacks/dev"), "utf8"))).toEqual(
    state("new", before.deployment.resources),
  );
});

test("another passphrase opens nothing and changes nothing; none is asked for where nobody is", () => {
  const file = backup([path("safe.age")]).stdout.trim();
  lose();
  expect(backup(["restore", file], { KLUSTER_BACKUP_PASSPHRASE: "wrong horse" })).toMatchObject({
    status: 1,
  });
  expect(existsSync(path("stacks/dev"))).toBe(false);
  const { status, stderr } = backup(["restore", file], {});
  expect([status, stderr]).toEqual([2, expect.stringContaining("KLUSTER_BACKUP_PASSPHRASE_FILE")]);
});

test("an age key does it without a passphrase", async () => {
  const { identity, recipient } = await newAgeKey();
  writeFileSync(path("key.txt"), `# mine\n${identity}\n`);
  const file = backup([path("safe.age"), "--recipient", recipient], {}).stdout.trim();
  lose();
  expect(backup(["restore", file, `--identity=${path("key.txt")}`], {})).toMatchObject({ status: 0 });
});

test("a file that is there stays, and wrong words are said", () => {
  writeFileSync(path("safe.age"), "mine");
  expect(backup([path("safe.age")])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("is there already"),
  });
  expect(readFileSync(path("safe.age"), "utf8")).toBe("mine");
  for (const args of [[], ["a", "b"], ["a", "--nonsense"], ["a", "--stack"]])
    expect(backup(args)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^usage: npm run backup/),
    });
  expect(backup(["--help"])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^usage/) });
});
