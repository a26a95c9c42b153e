import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWithMounts, runScript } from "./private-mounts";

describeWithMounts("the unit that activates a system", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kluster-activate-"));
    mkdirSync(join(folder, "bin"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const program = (path: string, text: string) =>
    writeFileSync(join(folder, path), `#!/bin/bash\n${text}\n`, { mode: 0o755 });

  /** What an activation leaves whose switch ends with `code`; `settle` is the text that it is given. */
  function activate(code: number, settle: string) {
    program("bin/switch-to-configuration", `echo "switch $*"; exit ${code}`);
    program("of-the-session", "echo x");
    // At once and in the foreground; systemd gives units a PATH of its own, and takes the braces for its variables.
    program(
      "systemd-run",
      `while [[ $1 == --* ]]; do shift; done
       case $* in *'\${'*) exit 9 ;; esac
       PATH=/usr/bin:/bin exec "$@"`,
    );
    const {
      stdout,
      stderr,
      code: ended,
    } = runScript("activate.sh", {
      empty: ["/run"],
      env: { PATH: `${folder}:${process.env.PATH}` },
      args: [folder, "attempt"],
      input: settle,
      after: "cd /run/kluster/activations; stat -c %a .; cat attempt.result attempt.log",
    });
    return { ended, said: stdout + stderr };
  }

  const settle = 'echo "settle $1 ${2##*/} $(of-the-session)"';
  const before = "settle before attempt.units x\nswitch test\n";
  const after = "settle after attempt.units x\n";

  test.each([
    ["a system that is active", 0, `0\n${before}${after}`],
    ["one with failed units", 4, `4\n${before}${after}`],
    ["one whose activation failed: its secrets stay as they are", 2, `2\n${before}`],
    ["one that was refused", 1, `1\n${before}`],
  ])("settles the secrets of %s", (_, code, said) => {
    expect(activate(code, settle)).toEqual({ ended: 0, said: `700\n${said}` });
  });

  test("counts a unit that could not be restarted as a failed one", () => {
    expect(activate(0, `${settle}; [ "$1" = before ]`).said).toBe(`700\n4\n${before}${after}`);
  });
});
