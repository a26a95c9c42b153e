import { utimesSync } from "node:fs";
import { join } from "node:path";
import { Box } from "./box";

let box: Box;
beforeEach(() => (box = new Box()));
afterEach(() => box.remove());

const setup = (env?: Record<string, string>) => box.shell("setup/setup", env);
const toolchain = () => box.shell("setup/toolchain").stdout.trim();

describe("what cannot be had", () => {
  test("is named in one message, each with how to get it, and nothing is changed", () => {
    box.program("node", "echo v18.19.0");
    const before = box.shell("find . | sort").stdout;
    const { status, stderr } = setup();
    expect(status).toBe(1);
    expect(stderr).toMatch(/nothing was changed/);
    expect(stderr).toMatch(/\* Node\.js 20 or newer: .*node is v18\.19\.0\n +from https:\/\/nodejs\.org/);
    expect(stderr).toMatch(
      /\* Pulumi CLI 3\.230\.0 with its language host .*cannot be reached\n +put both on PATH/,
    );
    for (const plugin of ["command 1.2.1", "hcloud 1.41.0", "kubernetes 4.32.0"]) {
      expect(stderr).toMatch(
        new RegExp(`\\* Pulumi plugin ${plugin}: .*\\n +pulumi plugin install resource ${plugin}`),
      );
    }
    expect(box.shell("find . | sort").stdout).toBe(before);
  });

  test("of the lab is named too: root, and each part of Kubernetes", () => {
    box.program("id", "echo 1000");
    const { status, stderr } = box.shell("setup/setup --lab", { KLUSTER_TOOLCHAIN: box.toolchain("tools") });
    expect(status).toBe(1);
    expect(stderr).toMatch(/\* root: /);
    for (const part of [
      "kube-apiserver",
      "kubelet",
      "etcd",
      "flanneld",
      "coredns",
      "cfssl",
      "certmgr",
      "pause",
    ]) {
      expect(stderr).toMatch(new RegExp(`\\n +([a-z-]+ )*${part} ([a-z-]+ )*\\(.+\\): .+`));
    }
  });

  test.each([
    ["Darwin", "arm64", /\* Linux: this box runs Darwin/],
    ["Linux", "aarch64", /\* an x86_64 processor: this box is aarch64/],
  ])("a platform that cannot work yet is refused by name: %s on %s", (system, machine, message) => {
    box.program("uname", `case $1 in -s) echo ${system} ;; -m) echo ${machine} ;; esac`);
    expect(setup({ KLUSTER_TOOLCHAIN: box.toolchain("tools") })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(message),
    });
  });

  test("a KLUSTER_TOOLCHAIN that is no toolchain is refused by name", () => {
    const { status, stderr } = setup({ KLUSTER_TOOLCHAIN: "/usr/share" });
    expect(status).toBe(1);
    expect(stderr).toMatch(/KLUSTER_TOOLCHAIN: \/usr\/share holds neither bin\/ nor `unpack`/);
  });

  test("an unknown argument is refused by name", () => {
    expect(box.shell("setup/setup --fast")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("unknown argument --fast"),
    });
  });
});

describe("the toolchain", () => {
  test("is not needed where PATH has the CLI, the language host and the plugins", () => {
    box.program("pulumi", "echo v3.230.0");
    box.program("pulumi-language-nodejs", "");
    box.plugins("pulumi/plugins");
    expect(setup({ KLUSTER_TOOLCHAIN: box.toolchain("tools") }).status).toBe(0);
    expect(toolchain()).toBe("");
  });

  test("is the given folder where that holds everything", () => {
    const tools = box.toolchain("tools");
    expect(setup({ KLUSTER_TOOLCHAIN: tools }).status).toBe(0);
    expect(toolchain()).toBe(tools);
  });

  test("is still the given folder in later runs that are not given it", () => {
    const tools = box.toolchain("tools");
    setup({ KLUSTER_TOOLCHAIN: tools });
    expect(setup()).toMatchObject({ status: 0, stderr: "" });
    expect(toolchain()).toBe(tools);
  });

  test("is shared/toolchain beside the checkout where KLUSTER_TOOLCHAIN is not set", () => {
    const tools = box.toolchain("shared/toolchain");
    expect(setup().status).toBe(0);
    expect(toolchain()).toBe(tools);
  });

  test("is unpacked from archives, once", () => {
    box.toolchain("inside");
    box.file("tools/tools-1.tar.xz", "archive");
    box.file(
      "tools/unpack",
      `#!/bin/sh\necho unpack >>"${box.folder}/calls"\nmkdir -p "$1"\ncp -r "${box.folder}/inside/." "$1"\n: >"$1/.tools-1.7"\n`,
    );
    const env = { KLUSTER_TOOLCHAIN: join(box.folder, "tools") };
    expect(setup(env)).toMatchObject({ status: 0, stderr: expect.stringContaining("unpacking the tools") });
    expect(setup(env)).toMatchObject({ status: 0, stderr: "" });
    expect(toolchain()).toBe(join(box.checkout, ".kluster/toolchain"));
    expect(box.calls.filter((call) => call === "unpack")).toHaveLength(1);
  });

  test("takes from PATH what is there, and the rest from the given folder", () => {
    const tools = box.toolchain("tools");
    box.program("pulumi", "echo v3.230.0");
    box.program("pulumi-language-nodejs", "");
    expect(setup({ KLUSTER_TOOLCHAIN: tools }).status).toBe(0);
    const own = box.shell(`cd .kluster/toolchain && readlink bin/pulumi && find plugins -type f | wc -l`);
    expect(own.stdout).toBe(`${box.folder}/bin/pulumi\n3\n`);
    expect(setup({ KLUSTER_TOOLCHAIN: tools })).toMatchObject({ status: 0, stderr: "" });
  });

  test("passes over a CLI on PATH of another version", () => {
    box.program("pulumi", "echo v3.100.0");
    box.program("pulumi-language-nodejs", "");
    const tools = box.toolchain("tools");
    expect(setup({ KLUSTER_TOOLCHAIN: tools }).status).toBe(0);
    expect(toolchain()).toBe(tools);
  });

  test("of another version is refused by name", () => {
    const { status, stderr } = setup({ KLUSTER_TOOLCHAIN: box.toolchain("tools", "3.231.0") });
    expect(status).toBe(1);
    expect(stderr).toMatch(/Pulumi CLI 3\.230\.0: .*tools\/bin\/pulumi is 3\.231\.0/);
  });
});

describe("the official downloads", () => {
  const archive = "pulumi-v3.230.0-linux-x64.tar.gz";

  /** A curl that finds the CLI's archive and its checksums, and a CLI in it that installs plugins. */
  function publish(checksum: (right: string) => string): void {
    box.file("release/pulumi/pulumi-language-nodejs", "#!/bin/sh\n");
    box.file(
      "release/pulumi/pulumi",
      '#!/bin/sh\n[ "$1" = version ] && echo v3.230.0 && exit\nf=$PULUMI_HOME/plugins/resource-$4-v$5\nmkdir -p "$f" && cp "$0" "$f/pulumi-resource-$4"\n',
    );
    const { stdout } = box.shell(`cd ../release && tar -czf ${archive} pulumi && sha256sum ${archive}`);
    box.file("release/pulumi-3.230.0-checksums.txt", checksum(stdout));
    box.program(
      "curl",
      `for last; do :; done; [[ "$*" == *--head* ]] || cp "${box.folder}/release/\${last##*/}" .`,
    );
  }

  test("are taken where nothing else has it, and checked", () => {
    publish((right) => `${"0".repeat(64)}  something-else.tar.gz\n${right}`);
    const { status, stderr } = setup();
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(toolchain()).toBe(join(box.checkout, ".kluster/toolchain"));
    expect(box.calls.some((call) => call.endsWith(`https://get.pulumi.com/releases/sdk/${archive}`))).toBe(
      true,
    );
    expect(setup()).toMatchObject({ status: 0, stderr: "" });
  });

  test.each([
    ["differs from the published checksum", () => `${"0".repeat(64)}  ${archive}\n`],
    ["is not on the list of checksums", () => `${"0".repeat(64)}  something-else.tar.gz\n`],
  ])("are thrown away when the archive %s", (_how, checksum) => {
    publish(checksum);
    expect(setup()).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("failed: downloading the Pulumi CLI"),
    });
    expect(box.has("checkout/.kluster/toolchain/bin/pulumi")).toBe(false);
  });
});

describe("npm ci", () => {
  const installed = (seconds: number) =>
    utimesSync(join(box.checkout, "node_modules/.package-lock.json"), seconds, seconds);
  const installs = () => box.calls.filter((call) => call.startsWith("npm ci")).length;
  const run = () => setup({ KLUSTER_TOOLCHAIN: box.toolchain("tools") });

  test("runs when node_modules is missing", () => {
    box.shell("rm -r node_modules");
    box.program("npm", "mkdir -p node_modules && echo {} >node_modules/.package-lock.json");
    expect(run().status).toBe(0);
    expect(installs()).toBe(1);
  });

  test("runs when node_modules is older than the lock file, and then not again", () => {
    installed(1);
    run();
    run();
    expect(installs()).toBe(1);
  });

  test("does not run when node_modules is newer", () => {
    run();
    expect(installs()).toBe(0);
  });

  test("shows the end of what npm said when it fails, and where the rest is", () => {
    installed(1);
    box.program("npm", "echo 'npm error code EUSAGE'; exit 1");
    const { status, stderr } = run();
    expect(status).toBe(1);
    expect(stderr).toMatch(/failed: installing the packages.*\n +\| npm error code EUSAGE\n.*setup\.log/);
  });
});
