import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../../provider/process";
import { checkout, failure, labState, temporaryFolder } from "./lab";

const git = (...args: string[]) =>
  spawnSync("git", ["-C", checkout, ...args], { encoding: "utf8", maxBuffer: 1 << 20 });

/** Whether the checkout's history has a commit; one without history, such as an archive, has none. */
export const hasCommit = (commit: string): boolean =>
  git("cat-file", "-e", `${commit}^{commit}`).status === 0;

/** The whole project as it was at a commit, beside the checkout, and with that time's own lab. */
export class Earlier {
  private readonly folder = join(temporaryFolder, "earlier");
  private toolchain = "";

  constructor(private readonly commit: string) {}

  async unpack(): Promise<void> {
    mkdirSync(this.folder);
    await this.must(["bash", "-c", `git -C "$1" archive ${this.commit} | tar -x`, "bash", checkout]);
    symlinkSync(join(checkout, "node_modules"), join(this.folder, "node_modules"));
    await this.must(["setup/setup", "--lab"]);
    this.toolchain = (await this.must(["setup/toolchain"])).trim();
  }

  /** `lab/lab …` of that time, on the lab of these tests. */
  lab = (...args: string[]) => this.must(["lab/lab", ...args]);

  private async must([command, ...args]: string[]): Promise<string> {
    const env = { ...process.env, KLUSTER_LAB_STATE: labState } as Record<string, string>;
    if (this.toolchain) env.KLUSTER_TOOLCHAIN = this.toolchain;
    else delete env.KLUSTER_TOOLCHAIN;
    const finished = await run(command, args, { cwd: this.folder, env, timeout: 15 * 60_000 });
    if (finished.code !== 0) throw failure([command, ...args], finished);
    return finished.stdout;
  }
}
