import { Box } from "./box";

let box: Box;
beforeEach(() => {
  box = new Box();
  box.program("id", "echo 0");
});
afterEach(() => box.remove());

/** Looks for two packages, one of which is there; policy-rc.d lies in the test's folder. */
function install() {
  return box.shell(`set -euo pipefail
    . setup/common.sh; . setup/steps.sh; . setup/packages.sh
    policy=${box.folder}/policy-rc.d
    is_debian() { true; }
    look_for_packages "bash bash" "somelib /nowhere/somelib" "sometool no-such-command"
    report_problems "nothing was changed"
    run_steps`);
}

const installs = () => box.calls.filter((call) => call.startsWith("apt-get") && !call.includes("--simulate"));

test("missing packages are installed together, without what they recommend", () => {
  box.program("apt-get", "exit 0");
  expect(install().status).toBe(0);
  expect(installs()).toEqual([
    expect.stringMatching(/^apt-get .*install --no-install-recommends somelib sometool$/),
  ]);
});

test("nothing is called when nothing is missing", () => {
  box.program("apt-get", "exit 0");
  box.shell(
    '. setup/common.sh; . setup/steps.sh; . setup/packages.sh; look_for_packages "bash bash"; run_steps',
  );
  expect(box.calls).toEqual([]);
});

test("the package lists are fetched when a dry run does not find the packages", () => {
  box.program("apt-get", `case $* in *update*) touch ../lists ;; *) [ -e ../lists ] ;; esac`);
  expect(install().status).toBe(0);
  expect(installs().map((call) => /update|install /.exec(call)![0].trim())).toEqual(["update", "install"]);
});

test("packages that apt-get does not find are named, and none is installed", () => {
  box.program("apt-get", "exit 100");
  const { status, stderr } = install();
  expect(status).toBe(1);
  expect(stderr).toMatch(/Debian packages somelib sometool: apt-get does not find all of them/);
  expect(installs().some((call) => call.includes("install"))).toBe(false);
});

test("without root the packages are named with the command that installs them", () => {
  box.program("id", "echo 1000");
  expect(install()).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("apt-get install --no-install-recommends somelib sometool"),
  });
});

describe("while packages are installed, no service may start", () => {
  const policyThen = () => box.read("policy-then");

  beforeEach(() =>
    box.program(
      "apt-get",
      `[[ $* == *--simulate* ]] || cp -p ${box.folder}/policy-rc.d ${box.folder}/policy-then`,
    ),
  );

  test("and afterwards the box has no policy, as before", () => {
    expect(install().status).toBe(0);
    expect(policyThen()).toMatch(/^#!\/bin\/sh\n[^]*exit 101\n$/);
    expect(box.has("policy-rc.d")).toBe(false);
  });

  test("and afterwards the box has its own policy again", () => {
    box.file("policy-rc.d", "own");
    expect(install().status).toBe(0);
    expect(policyThen()).toMatch(/exit 101/);
    expect(box.read("policy-rc.d")).toBe("own");
  });

  test("and its own policy is back also when apt-get fails", () => {
    box.file("policy-rc.d", "own");
    box.program("apt-get", "[[ $* == *--simulate* ]]");
    expect(install().status).toBe(1);
    expect(box.read("policy-rc.d")).toBe("own");
  });
});
