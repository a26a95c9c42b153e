import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status } from "../../../lab/cli/status";
import { hardwareFile, machineFolder } from "../../../lab/machine/folders";
import { machines } from "../../../lab/machine/machines";

const lab = mkdtempSync(join(tmpdir(), "kluster-machines-"));
afterAll(() => rmSync(lab, { recursive: true }));

/** A machine that was on some time. */
function wasOn(uuid: string, name: string): void {
  mkdirSync(machineFolder(lab, uuid), { recursive: true });
  writeFileSync(hardwareFile(lab, uuid), JSON.stringify({ uuid, name, logs: join(lab, "logs") }));
}

test("a machine that its owner has deleted is in no list any more, and one that is off is", async () => {
  wasOn("1", "il");
  wasOn("2", "sam");
  expect(await status(lab)).toMatch(/^il +off$[^]*^sam +off$/m);
  await machines(lab).forget("1");
  expect(await status(lab)).not.toContain("il ");
  expect(await status(lab)).toMatch(/^sam +off$/m);
  expect(existsSync(machineFolder(lab, "1"))).toBe(false);
  await machines(lab).forget("1"); // also of one that is gone or was never on
});
