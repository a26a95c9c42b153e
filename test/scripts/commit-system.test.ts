import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWithMounts, runScript } from "./private-mounts";
import { KEPT } from "../../provider/nixos/history";

const describeWithNix = existsSync("/nix") ? describeWithMounts : describe.skip;
/** Both commit in one second: the order of the links must not hang on whole seconds. */
const NAMES = Array.from({ length: 9 }, (_, index) => `${index}`.repeat(32) + "-nixos-system-sam");

describeWithNix("the system of the next boot", () => {
  let folder: string;
  const path = (index: number) => join(folder, NAMES[index]);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kluster-commit-"));
    for (const [index] of NAMES.entries()) {
      mkdirSync(join(path(index), "bin"), { recursive: true });
      writeFileSync(
        join(path(index), "bin/switch-to-configuration"),
        `#!/bin/bash\necho "${index} $1 $(basename $(readlink /nix/var/nix/profiles/system))" >>/run/done\n${index === 8 ? "exit 1" : ""}\n`,
        { mode: 0o755 },
      );
    }
    mkdirSync(join(folder, "bin"));
    writeFileSync(
      join(folder, "bin/nix-env"),
      `#!/bin/bash\n[ "$1 $2 $3" = "--profile /nix/var/nix/profiles/system --set" ] && ln -sfn "$4" "$2"\n`,
      { mode: 0o755 },
    );
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Commits one system after the other. @returns the script's outcome, and the systems that are kept, the latest first */
  function commit(first: number, ...systems: number[]) {
    const [last, ...others] = systems.reverse();
    const { code, stdout } = runScript("commit-system.sh", {
      empty: ["/run", "/nix"],
      env: { PATH: `${join(folder, "bin")}:${process.env.PATH}` },
      before: `mkdir -p /nix/var/nix/profiles /nix/var/nix/gcroots
        ln -s ${path(first)} /nix/var/nix/profiles/system
        for system in ${others.reverse().map(path).join(" ")}; do bash $SCRIPT "$system"; done`,
      args: [path(last)],
      after: `echo ---; cat /run/done; echo ---; cd /nix/var/nix/gcroots/kluster-systems; for name in $(ls -At); do readlink "$name"; done`,
    });
    const [, done, roots] = stdout.split("---\n");
    return {
      code,
      done: done?.trim().split("\n"),
      kept: roots
        ?.trim()
        .split("\n")
        .map((root) => NAMES.indexOf(root.split("/").at(-1)!)),
    };
  }

  test("has its boot entry when it is in the profile, and is kept with the one before", () => {
    const { code, done, kept } = commit(0, 1);
    expect([code, done, kept]).toEqual([0, [`1 boot ${NAMES[1]}`], [1, 0]]);
  });

  test("is kept with as many as the state remembers, each once, and with no more than one besides", () => {
    const { kept } = commit(0, 1, 2, 3, 4, 5, 6, 3, 7);
    expect(kept).toEqual([7, 3, 6, 5, 4, 2]);
    expect(kept.length).toBe(KEPT + 1);
  });

  test("is kept from the same when it is committed again", () => {
    expect(commit(0, 1, 1, 1).kept).toEqual([1, 0]);
  });

  test("fails where the boot entry cannot be written", () => {
    expect(commit(0, 8).code).not.toBe(0);
  });
});
