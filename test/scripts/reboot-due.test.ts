import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const parts = {
  kernel: "linux-1",
  "kernel-modules": "modules-1",
  initrd: "initrd-1",
  "kernel-params": "quiet",
};

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "kluster-reboot-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** As NixOS lays it out: links into the store, and the parameters as a file. */
function system(name: string, changes: Partial<typeof parts>): string {
  const root = join(folder, name);
  mkdirSync(root);
  const { "kernel-params": params, ...links } = { ...parts, ...changes };
  for (const [link, target] of Object.entries(links)) symlinkSync(join(folder, target), join(root, link));
  writeFileSync(join(root, "kernel-params"), params);
  return root;
}

test.each<[Partial<typeof parts>, string]>([
  [{}, ""],
  [{ kernel: "linux-2", "kernel-modules": "modules-2" }, "the kernel\nkernel modules\n"],
  [{ initrd: "initrd-2" }, "the initrd\n"],
  [{ "kernel-params": "quiet debug" }, "kernel parameters\n"],
])("a reboot is due for what was booted and is not what is wanted: %p", (changes, said) => {
  const env = { ...process.env, KLUSTER_BOOTED: system("booted", {}) };
  const script = join(__dirname, "../../scripts/reboot-due.sh");
  const { status, stdout } = spawnSync("bash", [script, system("wanted", changes)], {
    encoding: "utf8",
    env,
  });
  expect([status, stdout]).toEqual([0, said]);
});
