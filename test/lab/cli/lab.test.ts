import { checkoutFiles } from "../../support/checkout";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkoutFolder } from "../../../lab/machine/folders";
import { describeInLab, eventually, LabUnderTest } from "../machine/lab-under-test";

jest.setTimeout(120_000);

describeInLab("lab/lab", () => {
  let lab: LabUnderTest;
  const checkout = checkoutFolder();

  beforeAll(() => (lab = new LabUnderTest()));
  afterAll(() => lab.end());

  test.each([
    ["run", "--", "true"],
    ["console", "il"],
  ])("%s says how to start a lab that is down", (...words) => {
    expect(lab.lab(words)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("`lab/lab up` starts it"),
    });
  });

  test("status works without a lab", () => {
    expect(lab.must(["status"])).toContain("The lab is down.");
  });

  test("shows what it can do when asked for something else", () => {
    expect(lab.lab(["fly"])).toMatchObject({ code: 2, stderr: expect.stringContaining("lab/lab up") });
    expect(lab.must(["help"])).toContain("lab/lab run -- CMD");
  });

  test("up starts the lab, and does nothing the second time", () => {
    const before = checkoutFiles();
    expect(lab.must(["up"])).toContain("started the lab");
    expect(lab.must(["up"])).toBe("lab: the lab is up already; nothing was to do\n");
    expect(checkoutFiles()).toBe(before);
    expect(lab.must(["status"])).toContain("The lab is up.");
  });

  test("up keeps what somebody has put into the private stack file and inventory", () => {
    const stackFile = join(lab.state, "Pulumi.dev.yaml");
    const inventory = join(lab.state, "hosts.toml");
    writeFileSync(
      stackFile,
      `encryptionsalt: v1:mine\n${readFileSync(stackFile, "utf8")}  kluster:cpus: 2\n`,
    );
    writeFileSync(inventory, "# mine\n");
    expect(lab.must(["up"])).toContain("nothing was to do");
    expect(readFileSync(stackFile, "utf8")).toMatch(/^encryptionsalt: v1:mine\n[^]*kluster:cpus: 2\n$/);
    expect(readFileSync(inventory, "utf8")).toBe("# mine\n");
  });

  test("the passphrase of the stack's secrets is for root alone", () => {
    expect(statSync(join(lab.state, "passphrase")).mode & 0o777).toBe(0o600);
  });

  test("run passes on standard input, output, errors, folder and exit code", () => {
    const command = ["run", "--", "sh", "-c", "pwd; cat; echo complaint >&2; exit 7"];
    const outcome = lab.lab(command, { input: "typed\n", cwd: "/usr/share" });
    expect(outcome).toEqual({ code: 7, stdout: "/usr/share\ntyped\n", stderr: "complaint\n" });
  });

  test("run says by 128 and its number that a signal ended the command", () => {
    expect(lab.lab(["run", "--", "sh", "-c", "kill -KILL $$"]).code).toBe(137);
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("run passes %s on to the command", async (signal) => {
    const trap = `trap 'echo got ${signal}; exit 42' ${signal.slice(3)}; echo started; while :; do sleep 0.05; done`;
    const child = spawn(join(checkout, "lab", "lab"), ["run", "--", "bash", "-c", trap], {
      env: { ...process.env, KLUSTER_LAB_STATE: lab.state },
      stdio: ["ignore", "pipe", "inherit"],
      detached: true, // without a terminal of its own, signals reach the launcher alone
    });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    const ended = new Promise((resolve) => child.once("close", resolve));
    await eventually("the command's start", () => said.includes("started"));
    child.kill(signal);
    expect([await ended, said]).toEqual([42, `started\ngot ${signal}\n`]);
  });

  test("run ends the command when the launcher is killed", async () => {
    const mark = join(lab.folder, "alive");
    const child = spawn(
      join(checkout, "lab", "lab"),
      ["run", "--", "bash", "-c", `touch ${mark}; exec -a ${mark} sleep 1000`],
      {
        env: { ...process.env, KLUSTER_LAB_STATE: lab.state },
        stdio: "ignore",
      },
    );
    await eventually("the command's start", () => existsSync(mark));
    child.kill("SIGKILL");
    const running = () => lab.must(["run", "--", "ps", "-e", "-o", "args"]).includes(`${mark} 1000`);
    await eventually("the command's end", () => !running());
  });

  test("inside there is a network of its own, a store of its own, and no way out", () => {
    const inside = (command: string) => lab.must(["run", "--", "sh", "-c", command]).trim();
    expect(inside("ip -br -4 addr").split(/\s+/)).toEqual(
      expect.arrayContaining(["lan0", "192.168.10.1/24"]),
    );
    expect(inside("ip route show default")).toBe("");
    writeFileSync(join(lab.folder, "stored"), "content\n");
    const stored = inside(`nix-store --add ${join(lab.folder, "stored")}`);
    expect(stored).toMatch(/^\/nix\/store\/[a-z0-9]{32}-stored$/);
    expect(existsSync(stored)).toBe(false);
    expect(existsSync(join(lab.state, stored))).toBe(true);
    expect(inside("ps -e -o pid= | head -n 1").trim()).toBe("1");
    inside("command -v pulumi && command -v VBoxManage && command -v kubectl");
  });

  test("run inside the lab stays inside; down there is refused", () => {
    const nested = join(checkout, "lab", "lab");
    expect(lab.must(["run", "--", nested, "run", "--", "hostname"])).toBe("lab\n");
    expect(lab.lab(["run", "--", nested, "down"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("outside"),
    });
  });

  test("the address of nixpkgs' stand-in and its hash satisfy Nix", () => {
    const pin = readFileSync(join(lab.state, "Pulumi.dev.yaml"), "utf8").match(
      /kluster:nixpkgs: (\{.*\})/,
    )![1];
    const expression = `builtins.pathExists ((fetchTarball { inherit (builtins.fromJSON ''${pin}'') url sha256; }) + "/default.nix")`;
    expect(lab.must(["run", "--", "nix-instantiate", "--eval", "--expr", expression])).toBe("true\n");
  });

  test("console shows what a machine has said, and types to it", async () => {
    const machine = lab.hardware(9, { drives: [{ port: 2, kind: "dvd", file: lab.installer }] });
    lab.machine("start", machine);
    await eventually("the console's prompt", () => lab.console(machine).includes("~]$"));
    const console = spawn(join(checkout, "lab", "lab"), ["console", machine.name], {
      env: { ...process.env, KLUSTER_LAB_STATE: lab.state },
      stdio: ["pipe", "pipe", "ignore"],
    });
    let shown = "";
    console.stdout.setEncoding("utf8").on("data", (text: string) => (shown += text));
    await eventually("the log", () => shown.includes("~]$"));
    console.stdin.write("echo $((6 * 7)) answers\n");
    await eventually("the answer", () => shown.includes("42 answers"));
    console.stdin.write("\x1d");
    expect(await new Promise((resolve) => console.once("close", resolve))).toBe(0);
    expect(lab.machine("isRunning", machine.uuid)).toBe(true);
    expect(lab.lab(["console", "nobody"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("machine9"),
    });
  });

  test("down takes everything away, also machines that are on, and says so", () => {
    expect(lab.must(["down"]).split("\n")).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^lab: ended the lab's processes, namespaces and mounts \(init \d+\)$/),
        `lab: removed ${lab.state} with its machines, store, stacks and keys`,
      ]),
    );
    expect(lab.leftovers()).toEqual([]);
    expect(lab.must(["down"])).toBe("lab: there is no lab; nothing was to do\n");
  });
});
