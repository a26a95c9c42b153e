import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const source = join(__dirname, "../..");

/** A copy of the set-up in a folder of its own, with programs in front of the box's that the test decides about. */
export class Box {
  readonly folder = mkdtempSync(join(tmpdir(), "kluster-setup-"));
  readonly checkout = join(this.folder, "checkout");
  readonly cache = join(this.folder, "cache");
  private readonly bin = join(this.folder, "bin");

  constructor() {
    cpSync(join(source, "setup"), join(this.checkout, "setup"), { recursive: true });
    for (const file of ["package.json", "package-lock.json"]) {
      cpSync(join(source, file), join(this.checkout, file));
    }
    this.file("checkout/setup/build", "#!/bin/sh\n");
    this.file("checkout/node_modules/.package-lock.json", "{}");
    this.program("npm", "exit 0");
    this.program("node", "echo v20.20.2");
    this.program("curl", "exit 6"); // could not resolve host
  }

  /** A program in front of the box's own; `calls` has what it was called with. */
  program(name: string, script: string): void {
    this.file(`bin/${name}`, `#!/bin/bash\necho "${name} $*" >>"${this.folder}/calls"\n${script}\n`);
  }

  /** Makes an executable file, by its path in this folder. */
  file(path: string, content: string): string {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, 0o755);
    return file;
  }

  has(path: string): boolean {
    return existsSync(join(this.folder, path));
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  /** What the programs were called with, a line each. */
  get calls(): string[] {
    return this.has("calls") ? this.read("calls").trimEnd().split("\n") : [];
  }

  /** Runs shell text in the checkout; `env` on top of an environment that names no toolchain. */
  shell(script: string, env: Record<string, string> = {}) {
    const { status, stdout, stderr } = spawnSync("bash", ["-c", script], this.options(env));
    return { status, stdout, stderr };
  }

  /** The same, beside the test. */
  start(script: string, env: Record<string, string> = {}) {
    return spawn("bash", ["-c", script], { ...this.options(env), stdio: "ignore", detached: true });
  }

  private options(env: Record<string, string>) {
    return {
      cwd: this.checkout,
      encoding: "utf8" as const,
      env: {
        PATH: `${this.bin}:/usr/bin:/bin`,
        HOME: this.folder,
        XDG_CACHE_HOME: this.cache,
        PULUMI_HOME: join(this.folder, "pulumi"),
        ...env,
      },
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
