import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import type { Server } from "node:http";
import { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { httpServer } from "../../../lab/hetzner/http";
import { run } from "../../../provider/process";
import { Project, TOKEN } from "./project";

const root = join(__dirname, "..", "..", "..");
const toolchain = findToolchain();
export const real = toolchain ? test : test.skip;
export const missing = toolchain
  ? ""
  : " (skipped: setup/toolchain names no folder with pulumi and its hcloud plugin)";

function findToolchain(): string | undefined {
  try {
    const folder = execFileSync(join(root, "setup", "toolchain"), { encoding: "utf8", stdio: "pipe" }).trim();
    const needed = ["bin/pulumi", "bin/pulumi-language-nodejs", "plugins/resource-hcloud-v1.41.0"];
    return needed.every((file) => existsSync(join(folder, file))) ? folder : undefined;
  } catch {
    return undefined; // not set up, which the skipped test says
  }
}

/** A stack of a program beside this file, the real plugin, and the stand-in's API behind it. */
export class Stack<Wanted extends object> {
  readonly project = new Project({ pace: 0.1, now: () => new Date() });
  private readonly folder = mkdtempSync(join(tmpdir(), "hetzner-plugin-"));
  private readonly server: Server = httpServer(this.project.api);

  /** @param program folder beside this file, which reads what is wanted from CLUSTER (JSON) */
  constructor(private readonly program: string) {}

  /** @param first what the stack begins with */
  async open(first: Wanted): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    cpSync(join(__dirname, this.program), this.folder, { recursive: true });
    for (const shared of ["node_modules", "provider"]) {
      symlinkSync(join(root, shared), join(this.folder, shared));
    }
    mkdirSync(join(this.folder, "home"));
    mkdirSync(join(this.folder, "state"));
    symlinkSync(join(toolchain!, "plugins"), join(this.folder, "home", "plugins"));
    const endpoint = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
    await this.must(first, "stack", "init", "test");
    await this.must(first, "config", "set", "hcloud:endpoint", endpoint);
    await this.must(first, "config", "set", "--secret", "hcloud:token", TOKEN);
  }

  async close(): Promise<void> {
    await this.project.api.idle();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true });
    this.project.close();
  }

  pulumi(wanted: Wanted, ...args: string[]) {
    return run(join(toolchain!, "bin", "pulumi"), [...args, "--non-interactive"], {
      cwd: this.folder,
      timeout: 120_000,
      env: {
        CHECKOUT: root,
        CLUSTER: JSON.stringify(wanted),
        PATH: `${join(toolchain!, "bin")}:${process.env.PATH}`,
        PULUMI_HOME: join(this.folder, "home"),
        PULUMI_BACKEND_URL: `file://${join(this.folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      },
    });
  }

  async must(wanted: Wanted, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.pulumi(wanted, ...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")}: exit ${code}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** Brings the objects to what is wanted; afterwards neither the program nor the API knows of a difference. */
  async up(wanted: Wanted): Promise<string> {
    this.project.api.log.clear();
    const said = await this.must(wanted, "up", "--yes", "--skip-preview");
    const log = this.project.api.log.summary();
    await this.must(wanted, "refresh", "--yes", "--skip-preview", "--expect-no-changes");
    await this.must(wanted, "preview", "--expect-no-changes");
    this.lastUp = log;
    return said;
  }

  lastUp = this.project.api.log.summary();

  changes(): string[] {
    return this.lastUp.requests
      .filter(({ method }) => method !== "GET")
      .map(({ method, path }) => `${method} ${path}`);
  }
}
