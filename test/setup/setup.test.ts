import { utimesSync } from "node:fs";
import { join } from "node:path";
import { Box } from "./box";

let box: Box;
beforeEach(() => (box = new Box()));
afterEach(() => box.remove());

const setup = () => box.shell("setup/setup");

describe("what cannot be had", () => {
  test("is named in one message, each with how to get it, and nothing is changed", () => {
    box.program("node", "echo v18.19.0");
    box.program("id", "echo 1000");
    const before = box.shell("find . | sort").stdout;
    const { status, stderr } = box.shell("setup/setup --lab");
    expect(status).toBe(1);
    expect(stderr).toMatch(/nothing was changed/);
    expect(stderr).toMatch(/\* Node\.js 20 or newer: .*node is v18\.19\.0\n +from https:\/\/nodejs\.org/);
    expect(stderr).toMatch(/\* root: /);
    expect(box.shell("find . | sort").stdout).toBe(before);
  });

  test.each([
    ["Darwin", "arm64", /\* Linux: this box runs Darwin/],
    ["Linux", "aarch64", /\* an x86_64 processor: this box is aarch64/],
  ])("a platform that cannot work yet is refused by name: %s on %s", (system, machine, message) => {
    box.program("uname", `case $1 in -s) echo ${system} ;; -m) echo ${machine} ;; esac`);
    expect(setup()).toMatchObject({ status: 1, stderr: expect.stringMatching(message) });
  });

  test("is named likewise for the guest of test/metal", () => {
    box.program("id", "echo 1000");
    box.program("df", "echo; echo disk 0 0 1000000");
    const { status, stderr } = box.shell("setup/setup --metal");
    expect(status).toBe(1);
    expect(stderr).toMatch(/\* root: .*\n +.*make test-metal/);
    expect(stderr).toMatch(/\* disk space: 1 GB free of the 4 GB that the guest's disks need/);
  });

  test.each(["--fast", "--lab staging", "--metal dev", "dev"])(
    "an unknown argument is refused by name: %s",
    (words) => {
      expect(box.shell(`setup/setup ${words}`)).toMatchObject({
        status: 2,
        stderr: expect.stringContaining(`unknown argument ${words.split(" ").pop()}`),
      });
    },
  );
});

describe("npm ci", () => {
  const installed = (seconds: number) =>
    utimesSync(join(box.checkout, "node_modules/.package-lock.json"), seconds, seconds);
  const installs = () => box.calls.filter((call) => call.startsWith("npm ci")).length;

  test("runs when node_modules is missing", () => {
    box.shell("rm -r node_modules");
    box.program("npm", "mkdir -p node_modules && echo {} >node_modules/.package-lock.json");
    expect(setup().status).toBe(0);
    expect(installs()).toBe(1);
  });

  test("runs when node_modules is older than the lock file, and then not again", () => {
    installed(1);
    setup();
    setup();
    expect(installs()).toBe(1);
  });

  test("does not run when node_modules is newer", () => {
    setup();
    expect(installs()).toBe(0);
  });

  test("shows the end of what npm said when it fails, and where the rest is", () => {
    installed(1);
    box.program("npm", "echo 'npm error code EUSAGE'; exit 1");
    const { status, stderr } = setup();
    expect(status).toBe(1);
    expect(stderr).toMatch(/failed: installing the packages.*\n +\| npm error code EUSAGE\n.*setup\.log/);
  });
});
