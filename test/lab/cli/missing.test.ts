import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkoutFolder } from "../../../lab/machine/folders";
import { describeInLab } from "../machine/lab-under-test";

const script = join(checkoutFolder(), "lab", "cli", "missing.sh");

describeInLab("what the lab needs and the box lacks", () => {
  /** All programs of the box but one. */
  const programs = mkdtempSync(join(tmpdir(), "kluster-path-"));
  beforeAll(() => {
    chmodSync(programs, 0o755);
    for (const name of readdirSync("/usr/bin"))
      if (name !== "socat") symlinkSync(join("/usr/bin", name), join(programs, name));
  });
  afterAll(() => rmSync(programs, { recursive: true }));

  test("is named all at once: root, Debian packages, tools", () => {
    const { status, stdout, stderr } = spawnSync(
      "/usr/bin/setpriv",
      ["--reuid=65534", "--clear-groups", "--", script],
      {
        encoding: "utf8",
        env: { PATH: programs, KLUSTER_TOOLCHAIN: "/usr" },
      },
    );
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("nothing was changed");
    expect(stderr).toContain("root: the lab makes namespaces");
    expect(stderr).toContain("apt-get install --no-install-recommends socat");
    expect(stderr).toMatch(
      /in the toolchain \(\/usr\): .*pulumi-resource-command, kube-apiserver,.*\n +run setup\/setup --lab dev/,
    );
  });
});
