import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type Finding } from "../../doctor/check";

const CHECKOUT = join(__dirname, "../..");
const { doctor } = (
  JSON.parse(readFileSync(join(CHECKOUT, "package.json"), "utf8")) as { scripts: { doctor: string } }
).scripts;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kluster-doctor-"));
  program("nix-instantiate", "echo 'nix-instantiate (Nix) 2.24.1'");
  program("timedatectl", "echo yes");
  pulumi();
  virtualBox();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/bash\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

function pulumi(outputs: object = {}, config: object = {}): void {
  writeFileSync(join(folder, "outputs.json"), JSON.stringify(outputs));
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  program(
    "pulumi",
    `case "$*" in
      version) echo v3.230.0 ;;
      "stack --show-name"*) echo dev ;;
      "stack output"*) cat ${folder}/outputs.json ;;
      "config --json"*) cat ${folder}/config.json ;;
      *) echo "error: $*" >&2; exit 255 ;;
    esac`,
  );
}

function virtualBox({ version = "7.2.22r175245", hostOnly = "", warning = "" } = {}): void {
  program(
    "VBoxManage",
    `printf '%s' '${warning}'
    case "$*" in
      --version) echo ${version} ;;
      "list hostonlyifs") printf '%s' '${hostOnly}' ;;
      "list systemproperties") echo "Default machine folder:          ${folder}" ;;
    esac`,
  );
}

function run(args: string[] = []) {
  const path = [folder, join(process.execPath, ".."), "/usr/bin", "/bin"].join(delimiter);
  return spawnSync("/bin/sh", ["-c", `exec ${doctor} "$@"`, "doctor", ...args], {
    cwd: CHECKOUT,
    encoding: "utf8",
    env: { PATH: path, HOME: folder },
  });
}

function findings(args: string[] = []): Map<string, Finding> {
  const { stdout } = run([...args, "--json"]);
  return new Map((JSON.parse(stdout) as Finding[]).map((finding) => [finding.name, finding]));
}

describe("npm run doctor, before the first up", () => {
  test("looks at everything that the box can have wrong, and says what is well", () => {
    const found = findings();
    expect([...found.keys()]).toEqual(
      expect.arrayContaining([
        "settings",
        "nix",
        "pulumi",
        "clock",
        "virtualbox",
        "host-only",
        "disk-space",
        "addresses",
      ]),
    );
    for (const name of ["settings", "nix", "pulumi", "clock", "virtualbox", "host-only"])
      expect(found.get(name)).toMatchObject({ state: "well" });
    expect(found.has("token")).toBe(false);
  });

  test("names each fault with its remedy, and ends with 1", () => {
    program("nix-instantiate", "echo 'nix-instantiate (Nix) 2.8.0'");
    program("timedatectl", "echo no");
    virtualBox({
      warning:
        "WARNING: The vboxdrv kernel module is not loaded. Either there is no module\n         available, or it will not load.\n",
      hostOnly:
        "Name:            vboxnet0\nIPAddress:       192.168.56.1\nNetworkMask:     255.255.0.0\nStatus:          Up\n",
    });
    const found = findings();
    expect(found.get("nix")).toMatchObject({
      state: "problem",
      remedy: expect.stringContaining("Upgrade Nix"),
    });
    expect(found.get("clock")).toMatchObject({
      state: "warning",
      remedy: expect.stringContaining("set-ntp"),
    });
    expect(found.get("virtualbox")).toMatchObject({
      state: "problem",
      remedy: expect.stringContaining("modprobe vboxdrv"),
    });
    expect(found.get("host-only")).toMatchObject({
      state: "problem",
      remedy: expect.stringContaining("hostonlyif remove vboxnet0"),
    });
    const { status, stdout } = run();
    expect(status).toBe(1);
    expect(stdout).toMatch(/^PROBLEM\s+nix\s+Nix 2\.8\.0 is too old/m);
    expect(stdout).toMatch(/^\s+Next: Upgrade Nix/m);
  });

  test.each([
    ["VirtualBox is old", () => virtualBox({ version: "6.1.50r1" }), "virtualbox", /6\.1\.50.* too old/],
    ["VirtualBox is missing", () => rmSync(join(folder, "VBoxManage")), "virtualbox", /was not found/],
    [
      "the settings are wrong",
      () => pulumi({}, { "kluster:apiPort": { value: "22" } }),
      "settings",
      /belongs to SSH/,
    ],
  ])("says so where %s", (_, break_, name, finding) => {
    break_();
    expect(findings().get(name)).toMatchObject({ state: "problem", finding: expect.stringMatching(finding) });
  });

  test("names a missing VirtualBox once", () => {
    rmSync(join(folder, "VBoxManage"));
    const found = [...findings().values()].filter(({ finding }) => finding.includes("VBoxManage"));
    expect(found.map(({ name }) => name)).toEqual(["virtualbox"]);
  });

  test("says why a stack can't be read, and looks at the rest all the same", () => {
    program(
      "pulumi",
      '[ "$1" = version ] && echo v3.230.0 && exit; echo "error: no stack selected" >&2; exit 255',
    );
    const found = findings();
    expect(found.get("stack")).toMatchObject({
      state: "unknown",
      finding: expect.stringContaining("no stack selected"),
    });
    expect(found.get("nix")).toMatchObject({ state: "well" });
  });

  test.each([[["--yaml"]], [["--stack"]], [["il", "ee"]]])("%j is misuse", (args) => {
    const { status, stderr } = run(args);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^usage: npm run doctor/);
  });

  test("a machine can't be looked at, which is said", () => {
    const { status, stderr } = run(["ee"]);
    expect([status, stderr]).toEqual([
      2,
      "doctor: there is no cluster yet; it is there once pulumi up is over\n",
    ]);
  });
});
