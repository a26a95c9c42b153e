import { mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkoutFolder } from "../../../lab/machine/folders";
import { startPlugin } from "./plugin";

const bin = join(checkoutFolder(), "lab", "plugins", "bin");

describe("the launchers of the lab's plugins", () => {
  const folder = mkdtempSync(join(tmpdir(), "kluster-launchers-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(readdirSync(bin))("%s serves, started through a link from another folder", async (name) => {
    symlinkSync(join(bin, name), join(folder, name));
    const plugin = await startPlugin([join(folder, name)], { cwd: folder });
    expect(plugin.address).toMatch(/^127\.0\.0\.1:\d+$/);
    await plugin.stop();
  });
});
