import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "kluster-demo-"));
afterAll(() => rmSync(folder, { recursive: true }));

function timings(...entries: [machine: string, phase: string, seconds: number][]): string {
  const file = join(folder, "timings.jsonl");
  const lines = entries.map(
    ([machine, phase, seconds]) => JSON.stringify({ machine, phase, seconds }) + "\n",
  );
  writeFileSync(file, lines.join(""));
  return spawnSync(join(__dirname, "../../demo/timings"), [file], { encoding: "utf8" }).stdout;
}

test("a row per machine and a column per phase, empty where a machine had none", () => {
  const shown = timings(["il", "install", 3.21], ["sam", "install", 13], ["il", "activate", 1]);
  expect(shown).toBe("     install  activate\nil       3.2       1.0\nsam     13.0          \n");
});

test("what a machine did twice in one run is added up", () => {
  expect(timings(["il", "copy", 1], ["il", "copy", 2])).toBe("    copy\nil   3.0\n");
});

test("an empty journal says that there was nothing to do", () => {
  expect(timings()).toBe("Nothing had to be done on any machine.\n");
});
