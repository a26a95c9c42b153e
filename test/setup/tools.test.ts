import { createHash } from "node:crypto";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Box } from "./box";
import { allTools, fakeGo, getTools, plugins, toolFolder } from "./tools";

let box: Box;
beforeEach(() => {
  box = new Box();
  for (const name of ["language-nodejs", "resource-command", "resource-hcloud"]) {
    box.file(`checkout/lab/plugins/bin/pulumi-${name}`, "#!/bin/sh\n");
  }
});
afterEach(() => box.remove());

const mine = (file: string) => join(box.checkout, ".kluster/toolchain", file);
const setUp = (env?: Record<string, string>, stacks?: string) => box.shell(getTools(stacks), env);
const builds = () => box.calls.filter((call) => call.startsWith("go build")).length;

describe("a tool is taken", () => {
  test("from the folder that KLUSTER_TOOLCHAIN names, all of them as files of one folder", () => {
    const given = toolFolder(box, "given");
    expect(setUp({ KLUSTER_TOOLCHAIN: given })).toMatchObject({ status: 0 });
    for (const file of allTools) expect([file, existsSync(mine(file))]).toEqual([file, true]);
    expect(() => readlinkSync(mine("bin/kubelet"))).toThrow(/EINVAL/); // a machine of the lab would see a link to nowhere
  });

  test("from PATH before that folder, when it says the right version", () => {
    box.program("pulumi", "echo v3.230.0");
    box.program("pulumi-language-nodejs", "");
    for (const file of plugins) box.file(`pulumi/${file}`, "#!/bin/sh\n");
    expect(setUp({ KLUSTER_TOOLCHAIN: toolFolder(box, "given") }).status).toBe(0);
    expect(readlinkSync(mine("bin/pulumi"))).toBe(join(box.folder, "bin/pulumi"));
    expect(readlinkSync(mine(plugins[0]))).toBe(join(box.folder, "pulumi", plugins[0]));
    expect(setUp({ KLUSTER_TOOLCHAIN: join(box.folder, "given") })).toMatchObject({ status: 0, stderr: "" });
    expect(readlinkSync(mine("bin/pulumi"))).toBe(join(box.folder, "bin/pulumi"));
  });

  test.each([
    ["of another version", "echo v3.100.0"],
    ["that says no version", "exit 1"],
  ])("from elsewhere than PATH when the one there is %s", (_what, script) => {
    box.program("pulumi", script);
    box.program("pulumi-language-nodejs", "");
    const given = toolFolder(box, "given");
    expect(setUp({ KLUSTER_TOOLCHAIN: given }).status).toBe(0);
    expect(readlinkSync(mine("bin/pulumi"))).toBe(join(given, "bin/pulumi"));
  });

  test("from elsewhere than PATH when what a machine shall run is a script there", () => {
    box.program("kubectl", "echo Client Version: v1.36.1");
    const given = toolFolder(box, "given");
    expect(setUp({ KLUSTER_TOOLCHAIN: given }).status).toBe(0);
    expect(readFileSync(mine("bin/kubectl"), "utf8")).toBe(readFileSync(join(given, "bin/kubectl"), "utf8"));
  });

  test("only when the stack uses it", () => {
    fakeGo(box);
    expect(setUp({}, "dev").status).toBe(0);
    expect(existsSync(mine(plugins[0]))).toBe(true);
    expect(existsSync(mine(plugins[1]))).toBe(false);
  });
});

describe("a given folder", () => {
  test("with another version of a tool is refused by name, and nothing is changed", () => {
    const given = toolFolder(box, "given", { "bin/etcd": "etcd Version: 3.5.0" });
    expect(setUp({ KLUSTER_TOOLCHAIN: given })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/\* etcd 3\.6\.8: .*given\/bin\/etcd is 3\.5\.0/),
    });
    expect(existsSync(mine("bin"))).toBe(false);
  });

  test("that has no tools is refused by name", () => {
    expect(setUp({ KLUSTER_TOOLCHAIN: "/usr/share" })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/KLUSTER_TOOLCHAIN: \/usr\/share has neither bin\/ nor plugins\//),
    });
  });
});

describe("where nothing official can be had", () => {
  beforeEach(() => fakeGo(box));

  test("programs are built by Go, the rest is stood in for, and both are said", () => {
    const { status, stdout, stderr } = setUp();
    expect({ status, stderr }).toMatchObject({ status: 0 });
    for (const file of allTools) expect([file, existsSync(mine(file))]).toEqual([file, true]);
    expect(stdout).toBe("the Node language host\nthe plugin command\nthe plugin hcloud\n");
    expect(stderr).toMatch(/7 programs are built from Go's modules, about \d+ minutes on this box/);
  });

  test("they are built once for all checkouts", () => {
    setUp();
    const first = builds();
    box.shell("rm -r .kluster");
    expect(setUp()).toMatchObject({ status: 0 });
    expect([first, builds()]).toEqual([7, 7]);
    expect(box.has("cache/kluster/building")).toBe(false); // Go's caches
  });

  test("a change of what a program is built from builds that program anew", () => {
    setUp();
    box.shell("echo '// changed' >>setup/go/pause/main.go");
    setUp();
    expect(builds()).toBe(8);
  });

  test("a second set-up does nothing and asks nobody", () => {
    setUp();
    const before = box.calls.length;
    expect(setUp()).toMatchObject({ status: 0, stderr: "" });
    expect(box.calls.slice(before).filter((call) => !call.startsWith("node"))).toEqual([]);
  });

  test("the user's proxy and checksum database are used, and nothing else of his Go settings", () => {
    const env = {
      GOPROXY: "https://proxy.example",
      GOSUMDB: "sums.example",
      GOFLAGS: "-mod=vendor",
      GOOS: "plan9",
    };
    expect(setUp(env).status).toBe(0);
    const environment = box.read("go.environment");
    expect(environment).toContain("GOPROXY=https://proxy.example\n");
    expect(environment).toContain("GOSUMDB=sums.example\n");
    expect(environment).toContain("GOFLAGS=-modcacherw\n");
    expect(environment).toContain("GOTOOLCHAIN=local\n");
    expect(environment).not.toContain("GOOS");
  });

  test("a build that fails says why, and leaves nothing half-made", () => {
    box.file("go.fails", "");
    expect(setUp()).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/failed: building Pulumi's CLI\n(.*\n)*.*\| no space left on device/),
    });
    expect(box.shell("ls ../cache/kluster/tools | grep -v draft").stdout).toBe("");
    box.shell("rm ../go.fails");
    expect(setUp().status).toBe(0);
  });

  test("a set-up that was killed is gone on with, and one at work is waited for", async () => {
    box.file("go.hangs", "");
    const killed = box.start(getTools());
    while (!box.has("go.started")) await sleep(50);
    box.shell("rm ../go.hangs");
    const waiting = box.start(getTools());
    await sleep(500);
    expect(builds()).toBe(1); // the second has not begun
    process.kill(-killed.pid!, "SIGKILL");
    const code = await new Promise((resolve) => waiting.once("exit", resolve));
    expect(code).toBe(0);
    for (const file of allTools) expect([file, existsSync(mine(file))]).toEqual([file, true]);
  });

  test("too little memory or disk is named before anything is built", () => {
    box.program("awk", `case $* in *meminfo*) echo 1 ;; *df*|*) exec /usr/bin/awk "$@" ;; esac`);
    box.program("df", "printf 'Filesystem\\nx 1 1 2000000 1 /\\n'");
    const { status, stderr } = setUp();
    expect(status).toBe(1);
    expect(stderr).toMatch(/\* memory: 1 GB free of the 3 GB that building Kubernetes takes/);
    expect(stderr).toMatch(/\* disk space: 2 GB free of the 11 GB .*\n.*XDG_CACHE_HOME/);
    expect(builds()).toBe(0);
  });
});

describe("Go itself", () => {
  const find = (program: string) =>
    box.shell(`set -euo pipefail
      for part in common cache steps table tools packages go; do . setup/$part.sh; done
      is_debian() { false; }
      ${program}`);

  test("is asked for by name where there is none and nothing can bring it", () => {
    box.program("python3", "exit 1");
    const { stderr } = find(
      "have() { [ $1 != go ] && type -P $1 >/dev/null; }; look_for_go; report_problems x",
    );
    expect(stderr).toMatch(/\* a Go compiler, .*\n +apt-get install golang-go/);
  });

  test("of an older version gets the pinned one from the proxy, checked", () => {
    fakeGo(box, "1.19.8");
    const found = 'set_go_environment; find_go coredns; echo "$go"';
    const module = "modules/golang.org/toolchain@v0.0.1-go1.26.6.linux-amd64";
    const proxy = (sum: string) =>
      box.program(
        "go",
        `case $1 in
        version) echo go version go1.19.8 linux/amd64 ;;
        mod) mkdir -p "$GOMODCACHE/\${4}/bin" "$GOMODCACHE/\${4}/pkg/tool/x"; touch "$GOMODCACHE/$4/bin/go" "$GOMODCACHE/$4/pkg/tool/x/compile"; echo '"Sum": "${sum}"' ;;
        esac`,
      );
    proxy("h1:owmNw4SPM9h46FGOeGJVUWzFEEDSmO6g7gAtWoXp28s=");
    expect(find(found).stdout).toBe(`${box.cache}/kluster/building/${module}/bin/go\n`);
    proxy("h1:something=");
    expect(find(found)).toMatchObject({ status: 1, stdout: expect.stringContaining("is not what it was") });
  });

  test("of an older version builds what needs no newer one", () => {
    fakeGo(box, "1.19.8");
    expect(find('set_go_environment; find_go pause; echo "$go"').stdout).toBe(`${box.folder}/bin/go\n`);
  });
});

describe("official downloads", () => {
  const published: Record<string, string> = {};
  const sha256 = (content: Buffer) => createHash("sha256").update(content).digest("hex");

  /** A curl that finds what lies below release/HOST/. */
  function publish(path: string, make: string): Buffer {
    box.shell(`mkdir -p "../release/$(dirname ${path})" && cd "../release/$(dirname ${path})" && ${make}`);
    const content = readFileSync(join(box.folder, "release", path));
    published[path] = sha256(content);
    box.program(
      "curl",
      `for url; do :; done
      [[ $url == https://* ]] || exit 6
      file="${box.folder}/release/\${url#https://}"
      [ -e "$file" ] || exit 22
      while [ $# -gt 1 ]; do case $1 in --head) exit 0 ;; --output) cp "$file" "$2"; exit ;; esac; shift; done`,
    );
    return content;
  }

  const cli = "get.pulumi.com/releases/sdk/pulumi-v3.230.0-linux-x64.tar.gz";
  const makeCli =
    'mkdir -p pulumi && printf "#!/bin/sh\\necho v3.230.0\\n" >pulumi/pulumi && cp pulumi/pulumi pulumi/pulumi-language-nodejs && chmod +x pulumi/* && tar -czf pulumi-v3.230.0-linux-x64.tar.gz pulumi';
  const sums = (text: string) =>
    publish(
      "get.pulumi.com/releases/sdk/pulumi-3.230.0-checksums.txt",
      `printf '${text}' >pulumi-3.230.0-checksums.txt`,
    );

  test("are taken before anything is built, and checked against their publisher's list, which is said", () => {
    fakeGo(box);
    publish(cli, makeCli);
    sums(`${"0".repeat(64)}  other.tar.gz\\n${published[cli]}  pulumi-v3.230.0-linux-x64.tar.gz\\n`);
    const { status, stdout, stderr } = setUp();
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(readFileSync(mine("bin/pulumi"), "utf8")).toContain("echo v3.230.0");
    expect(stdout).not.toContain("language host");
    expect(stderr).toMatch(/its publisher's own checksums; this repository has none for: Pulumi's CLI/);
  });

  test.each([
    ["differs from the published hash", `${"0".repeat(64)}  pulumi-v3.230.0-linux-x64.tar.gz\\n`],
    ["is not on the publisher's list", `${"0".repeat(64)}  other.tar.gz\\n`],
  ])("are thrown away when the file %s", (_how, list) => {
    fakeGo(box);
    publish(cli, makeCli);
    sums(list);
    expect(setUp()).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /failed: downloading Pulumi's CLI.*\n(.*\n)*.*its SHA-256 is .* thrown away/,
      ),
    });
    expect(existsSync(mine("bin/pulumi"))).toBe(false);
  });

  const kubectl = "dl.k8s.io/release/v1.36.1/bin/linux/amd64/kubectl";
  test("are thrown away when they differ from the hash in this repository", () => {
    fakeGo(box);
    publish(kubectl, "echo something else >kubectl");
    expect(setUp()).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(
        "should be 629d3f410e09bf49b64ae7079f7f0bda1191efed311f7d37fdbab0ad5b0ec2b7",
      ),
    });
  });

  test("can come from a mirror, and are checked in the same way", () => {
    fakeGo(box);
    publish(`mirror.example/${kubectl}`, "echo kubectl >kubectl");
    const right = published[`mirror.example/${kubectl}`];
    box.shell(`sed -i 's/629d3f410e09[0-9a-f]*/${right}/' setup/tools.sh`);
    expect(setUp({ KLUSTER_MIRROR: "https://mirror.example/" }).status).toBe(0);
    expect(readFileSync(mine("bin/kubectl"), "utf8")).toBe("kubectl\n");
  });
});
