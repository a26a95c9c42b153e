import { ChildProcess, execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../provider/process";
import { VBoxManage } from "../../../provider/virtualbox/vboxmanage";

jest.setTimeout(120_000);

const checkout = join(__dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "vboxmanage-"));
/** A checkout in small: the launcher, and beside it the bundle that it looks for. */
const launcher = join(folder, "lab/bin/VBoxManage");
const state = join(folder, "state");

beforeAll(() => {
  mkdirSync(join(folder, "lab/bin"), { recursive: true });
  copyFileSync(join(checkout, "lab/bin/VBoxManage"), launcher);
  execFileSync(join(checkout, "node_modules/.bin/esbuild"), [
    join(__dirname, "fake-program.ts"),
    ...["--bundle", "--platform=node", "--target=node20", "--log-level=error"],
    `--outfile=${join(folder, "build/lab/vboxmanage.js")}`,
  ]);
});
beforeEach(() => rmSync(state, { recursive: true, force: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const call = (args: string[], env: Record<string, string> = {}) =>
  run(launcher, args, { env: { KLUSTER_LAB_STATE: state, ...env }, cwd: folder, timeout: 60_000 });

async function vbox(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await call(args);
  if (code !== 0) throw new Error(`${args.join(" ")}: exit ${code}\n${stderr}`);
  return stdout;
}

/** All that a driver does for one machine, from nothing to running. */
async function bringUp(name: string): Promise<void> {
  const disk = join(state, "vms", name, "disk.vdi");
  await vbox(
    "createvm",
    "--name",
    name,
    "--basefolder",
    join(state, "vms"),
    "--ostype",
    "Linux_64",
    "--register",
  );
  await vbox("modifyvm", name, "--memory", "2048", "--nic2", "none", "--description", `machine ${name}`);
  await vbox("storagectl", name, "--name", "SATA", "--add", "sata");
  await vbox("createmedium", "disk", "--filename", disk, "--size", "64");
  await vbox("storageattach", name, "--storagectl", "SATA", "--port", "0", "--type", "hdd", "--medium", disk);
  await vbox("startvm", name, "--type", "headless");
}

describe("letters that the locale cannot tell", () => {
  test("in the home folder fail every call", async () => {
    const answer = await call(["list", "vms"], { HOME: join(folder, "jörg"), LC_ALL: "C" });
    expect(answer).toMatchObject({ code: 1, stdout: "" });
    expect(answer.stderr).toContain("Failed to initialize COM! (hrc=NS_ERROR_OUT_OF_MEMORY)");
  });

  test("in an argument fail that call before it begins", async () => {
    const answer = await call(["showmediuminfo", "dvd", "/jörg/nixos.iso"], { LC_ALL: "C" });
    expect(answer).toMatchObject({
      code: 3,
      stderr: "VBoxManage: fatal error: RTR3Init: VERR_NO_TRANSLATION\n",
    });
  });

  test("are none where the driver asks", async () => {
    let code: number | null = null;
    const driver = new VBoxManage(async (_command, args, { env } = {}) => {
      const answer = await call(args, { HOME: join(folder, "jörg"), ...env });
      code = answer.code;
      return answer;
    });
    await driver.call(["list", "vms"]);
    expect(code).toBe(0);
  });
});

test("three machines at once are all there, whole, and run", async () => {
  const names = ["il", "ee", "sam"];
  await Promise.all(names.map(bringUp));
  const running = await vbox("list", "runningvms");
  for (const name of names) {
    expect(running).toContain(`"${name}" {`);
    const info = await vbox("showvminfo", name, "--machinereadable");
    expect(info).toContain(`"SATA-0-0"="${join(state, "vms", name, "disk.vdi")}"`);
    expect(info).toContain(`description="machine ${name}"`);
  }
  await Promise.all(names.map((name) => vbox("controlvm", name, "poweroff")));
  expect(await vbox("list", "runningvms")).toBe("");
});

test("no change of many calls at once is lost, and whoever looks sees a whole state", async () => {
  await vbox("createvm", "--name", "il", "--basefolder", join(state, "vms"), "--register");
  await vbox("setextradata", "il", "ballast", "x".repeat(100_000)); // a file that takes time to write
  const keys = Array.from({ length: 16 }, (_, index) => `key${index}`);
  const looks = await lookingOn(() =>
    Promise.all(keys.map((key) => vbox("setextradata", "il", key, "here"))),
  );
  expect(looks).toBeGreaterThan(keys.length);
  const kept = (await vbox("getextradata", "il", "enumerate")).trim().split("\n").slice(1);
  expect(kept.sort()).toEqual(keys.map((key) => `Key: ${key}, Value: here`).sort());
});

test("calls killed at any moment leave a whole state and no lock", async () => {
  await vbox("createvm", "--name", "il", "--basefolder", join(state, "vms"), "--register");
  const begin = Date.now();
  await vbox("setextradata", "il", "first", "one");
  const duration = Date.now() - begin;
  for (let kill = 0; kill < 10; kill++) {
    const children = [1, 2].map((n) =>
      spawnCall(["setextradata", "il", `key${kill}-${n}`, "x".repeat(100_000)]),
    );
    await new Promise((resolve) => setTimeout(resolve, (duration * (kill + 5)) / 10));
    await Promise.all(children.map(end));
    JSON.parse(readFileSync(join(state, "virtualbox/state.json"), "utf8"));
  }
  await vbox("setextradata", "il", "last", "one");
  expect(await vbox("getextradata", "il", "first")).toBe("Value: one\n");
  expect(await vbox("getextradata", "il", "last")).toBe("Value: one\n");
  const others = readdirSync(join(state, "virtualbox")).filter(
    (name) => !/^(lock|state\.json(\.new)?)$/.test(name),
  );
  expect(others).toEqual([]);
});

test("a start that hangs keeps others off its VM only, and its death frees the VM", async () => {
  for (const name of ["il", "ee"])
    await vbox("createvm", "--name", name, "--basefolder", join(state, "vms"), "--register");
  const hanging = spawnCall(["startvm", "il", "--type", "headless"], { FAKE_MACHINES_HANG_ON_START: "1" });
  await until(async () =>
    (await vbox("showvminfo", "il", "--machinereadable")).includes('VMState="starting"'),
  );
  const refused = await call(["startvm", "il", "--type", "headless"]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("already locked by a session");
  expect((await call(["controlvm", "il", "poweroff"])).stderr).toContain("Invalid machine state: Starting");
  await vbox("startvm", "ee", "--type", "headless");
  await end(hanging);
  expect(await vbox("showvminfo", "il", "--machinereadable")).toContain('VMState="poweroff"');
  await until(async () => (await call(["startvm", "il", "--type", "headless"])).code === 0);
});

test("outside the lab it refuses to work", async () => {
  const { code, stderr } = await call(["list", "vms"], { KLUSTER_LAB_STATE: "" });
  expect(code).toBe(70);
  expect(stderr).toContain("lab/lab run");
});

const describeAsRoot = process.getuid!() === 0 ? describe : describe.skip;

describeAsRoot("in a network namespace of its own (needs root)", () => {
  test("host-only interfaces are real bridges", async () => {
    const script = `
      set -e
      ip link add lan0 address 02:00:00:00:00:01 type bridge
      ip addr add 192.168.10.1/24 dev lan0
      V=${launcher}
      $V hostonlyif create 2>/dev/null
      ip -json link show vboxnet0 | grep -q '"operstate":"DOWN"'
      $V hostonlyif ipconfig vboxnet0 --ip 192.168.56.1 --netmask 255.255.255.0
      $V hostonlyif ipconfig vboxnet0 --ip 192.168.57.1 --netmask 255.255.255.0
      $V list hostonlyifs
      ip -brief -4 addr show vboxnet0
      ip -details link show vboxnet0 | grep -o 'bridge forward_delay'
      $V list bridgedifs | grep -E '^(Name|IPAddress)'
      $V hostonlyif remove vboxnet0 2>/dev/null
      ip -brief link show`;
    const { code, stdout, stderr } = await run("unshare", ["--net", "sh", "-c", script], {
      env: { KLUSTER_LAB_STATE: state },
      timeout: 60_000,
    });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("Interface 'vboxnet0' was successfully created\n");
    expect(stdout).toMatch(/^IPAddress: +192\.168\.57\.1\nNetworkMask: +255\.255\.255\.0$/m);
    expect(stdout).toMatch(/^HardwareAddress: 0a:00:27:00:00:00$/m);
    expect(stdout).toMatch(/^Status: +Up$/m);
    expect(stdout).toMatch(/^vboxnet0 .* 192\.168\.57\.1\/24 *$/m);
    expect(stdout).toContain("bridge forward_delay");
    expect(stdout).toMatch(/^Name: +lan0\nIPAddress: +192\.168\.10\.1$/m);
    expect(stdout.slice(stdout.indexOf("lo "))).not.toContain("vboxnet0");
  });
});

function spawnCall(args: string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(launcher, args, {
    env: { ...process.env, KLUSTER_LAB_STATE: state, ...env },
    stdio: "ignore",
    cwd: folder,
  });
}

/** Kills with no chance to clean up; the launcher's exec makes the child the stand-in itself. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.on("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

/** Reads the state again and again while something goes on. Returns how often. */
async function lookingOn(action: () => Promise<unknown>): Promise<number> {
  let looks = 0;
  let done = false;
  const finished = action().finally(() => (done = true));
  while (!done) {
    JSON.parse(readFileSync(join(state, "virtualbox/state.json"), "utf8"));
    looks++;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await finished;
  return looks;
}

/** Waits until something holds; the test's own time limit ends it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}
