import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { checkoutFolder } from "../../../lab/machine/folders";
import type { Drive, Hardware, Machines } from "../../../lab/machine/hardware";

const checkout = checkoutFolder();

/** Why no lab can run here; undefined when one can. */
export const obstacle: string | undefined =
  process.platform !== "linux"
    ? "needs Linux"
    : process.getuid?.() !== 0
      ? "needs root"
      : spawnSync("systemd-nspawn", ["--version"]).error
        ? "needs systemd-nspawn"
        : undefined;

/** `describe` that is skipped, saying why, where no lab can run. */
export const describeInLab = (name: string, tests: () => void) =>
  obstacle ? describe.skip(`${name} (${obstacle})`, tests) : describe(name, tests);

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A lab of its own, beside whatever lab this checkout has up. */
export class LabUnderTest {
  readonly state = mkdtempSync(join(tmpdir(), "kluster-lab-"));
  readonly folder = mkdtempSync(join(tmpdir(), "kluster-test-"));
  readonly key = join(this.folder, "key");
  /** How long the boot menus of machines that are started now wait. */
  menuSeconds = 1;
  private readonly driver = join(checkout, "build", "test", `driver-${process.pid}.js`);

  /** @param stack that it is a lab for */
  constructor(private readonly stack = "dev") {
    buildSync({
      entryPoints: [join(checkout, "test", "lab", "machine", "driver.ts")],
      bundle: true,
      platform: "node",
      outfile: this.driver,
    });
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", this.key]);
  }

  /** Runs lab/lab; what it says is part of the outcome. */
  lab(words: string[], options: { input?: string; env?: NodeJS.ProcessEnv; cwd?: string } = {}): Outcome {
    const { status, stdout, stderr } = spawnSync(join(checkout, "lab", "lab"), words, {
      encoding: "utf8",
      input: options.input ?? "",
      cwd: options.cwd,
      env: {
        ...process.env,
        ...options.env,
        STACK: this.stack,
        KLUSTER_LAB_STATE: this.state,
        KLUSTER_LAB_BOOT_MENU_SECONDS: `${this.menuSeconds}`,
      },
      timeout: 120_000,
    });
    return { code: status, stdout, stderr };
  }

  /** @throws Error unless the command succeeds */
  must(words: string[], input?: string): string {
    const { code, stdout, stderr } = this.lab(words, { input });
    if (code !== 0) throw new Error(`lab/lab ${words.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
    return stdout;
  }

  /** A function of the lab's machines, called in the lab. */
  machine<Name extends keyof Machines>(name: Name, ...args: Parameters<Machines[Name]>): unknown {
    const words = args.map((arg) => JSON.stringify(arg));
    return JSON.parse(this.must(["run", "--", process.execPath, this.driver, this.state, name, ...words]));
  }

  /** An empty disk, or one that holds a script. */
  image(name: string, script?: string): string {
    const file = join(this.folder, name);
    writeFileSync(file, script ?? "");
    truncateSync(file, script ? 1 << 20 : 1 << 30);
    return file;
  }

  /** Stand-in of the installer's ISO. */
  get installer(): string {
    return join(this.state, "installer.iso");
  }

  hardware(number: number, parts: Partial<Hardware> & { drives: Drive[] }): Hardware {
    const digits = `${number}`.padStart(2, "0");
    return {
      uuid: `00000000-0000-4000-8000-0000000000${digits}`,
      name: `machine${number}`,
      memory: 1024,
      cpus: 1,
      boot: ["dvd", "disk"],
      nics: [
        { slot: 1, mac: `08:00:27:00:01:${digits}`, attachment: { kind: "nat" } },
        { slot: 2, mac: `08:00:27:00:02:${digits}`, attachment: { kind: "bridge", bridge: "lan0" } },
      ],
      logs: join(this.folder, `logs${number}`),
      ...parts,
    };
  }

  console(hardware: Hardware): string {
    const log = join(hardware.logs, "console.log");
    return existsSync(log) ? readFileSync(log, "utf8") : "";
  }

  /** A command on a machine, by SSH as root. */
  ssh(address: string, command: string): Outcome {
    const options = [
      "StrictHostKeyChecking=no",
      "UserKnownHostsFile=/dev/null",
      "ConnectTimeout=1",
      "BatchMode=yes",
    ];
    const flags = ["-q", "-F", "none", "-i", this.key, ...options.flatMap((option) => ["-o", option])];
    return this.lab(["run", "--", "ssh", ...flags, `root@${address}`, "bash -seu"], { input: command });
  }

  sshMust(address: string, command: string): string {
    const { code, stdout, stderr } = this.ssh(address, command);
    if (code !== 0) throw new Error(`the machine's shell ended with ${code}:\n${stdout}${stderr}`);
    return stdout.trim();
  }

  publicKey(): string {
    return readFileSync(`${this.key}.pub`, "utf8").trim();
  }

  /** Whatever of this lab still exists on the box, in words. */
  leftovers(): string[] {
    const found: string[] = [];
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        if (words.includes(this.state) || words.includes(this.driver)) found.push(`process ${pid} ${words}`);
        if (readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(this.state))
          found.push(`mount in ${pid} ${words}`);
      } catch {
        // it has ended
      }
    }
    const loops = execFileSync("losetup", ["--list", "--noheadings", "--output", "NAME,BACK-FILE"], {
      encoding: "utf8",
    });
    found.push(
      ...loops.split("\n").filter((line) => line.includes(this.state) || line.includes(this.folder)),
    );
    if (existsSync(this.state)) found.push(this.state);
    return found;
  }

  /** Takes the lab and the test's own files away. */
  end(): void {
    this.lab(["down"]);
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(this.driver, { force: true });
  }
}

/**
 * Waits until a condition holds.
 * @param what for the error message
 * @throws Error after 60 s
 */
export async function eventually<T>(
  what: string,
  condition: () => T | undefined | false,
  seconds = 60,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
