import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const checkout = resolve(__dirname, "../..");
export const labLib = join(checkout, "lab/nixpkgs/lib");

/** nixpkgs' own lib, where it is at hand: KLUSTER_NIXPKGS_LIB, or shared/nixpkgs-lib beside the checkout. */
export const realLib = [process.env.KLUSTER_NIXPKGS_LIB, resolve(checkout, "../shared/nixpkgs-lib/lib")].find(
  (folder): folder is string => !!folder && existsSync(join(folder, "default.nix")),
);

/**
 * What the systems are made of: a tree of nixpkgs, KLUSTER_NIXPKGS, where one is at hand, else the lab's stand-in.
 * Each of the hundreds of systems takes the real one half a minute.
 */
export const nixpkgs = resolve(process.env.KLUSTER_NIXPKGS || join(checkout, "lab/nixpkgs"));

/** Whether Nix is there. Tests that need it are skipped by name where it is not. */
export const nixIsThere = spawnSync("nix-instantiate", ["--version"]).status === 0;

export const describeWithNix = nixIsThere ? describe : describe.skip;
export const describeWithGivenNixpkgs = nixIsThere && process.env.KLUSTER_NIXPKGS ? describe : describe.skip;
/** What is said of the lab's own packages, versions and modules. */
export const describeWithLabNixpkgs = nixIsThere && !process.env.KLUSTER_NIXPKGS ? describe : describe.skip;
export const describeWithRealLib = nixIsThere && realLib ? describe : describe.skip;

/** The libs to try: the lab's, and the real one where it is at hand. */
export const libs: { name: string; folder: string }[] = [
  { name: "the lab's lib", folder: labLib },
  ...(realLib ? [{ name: "nixpkgs' own lib", folder: realLib }] : []),
];

export interface Evaluation {
  ok: boolean;
  /** What --json printed. Only when `ok`. */
  value: any;
  /** Nix's messages, with any run of white space as one blank: Nix indents and breaks lines as it likes. */
  messages: string;
}

/** A Nix store of its own in a temporary folder, so that the box's is neither needed nor touched. */
export class ScratchNix {
  private made?: string;

  /** Made when it is first asked for: where all tests are skipped, nobody would remove it. */
  get folder(): string {
    return (this.made ??= mkdtempSync(join(tmpdir(), "kluster-nix-")));
  }

  get store(): string {
    return join(this.folder, "store");
  }

  /** Evaluates with `nix-instantiate --eval --strict --json` and these arguments. */
  evaluate(args: string[], env: Record<string, string> = {}): Evaluation {
    const home = join(this.folder, "home");
    mkdirSync(home, { recursive: true });
    const finished = spawnSync("nix-instantiate", ["--eval", "--strict", "--json", ...args], {
      cwd: checkout,
      encoding: "utf8",
      maxBuffer: 1 << 28,
      env: {
        PATH: process.env.PATH,
        HOME: home,
        NIX_REMOTE: "local",
        NIX_STORE_DIR: this.store,
        NIX_STATE_DIR: join(this.folder, "state"),
        NIX_LOG_DIR: join(this.folder, "log"),
        NIX_CONF_DIR: join(this.folder, "conf"),
        NIX_CONFIG: "build-users-group =\nsandbox = false\nsubstituters =",
        ...env,
      },
    });
    const ok = finished.status === 0;
    return {
      ok,
      value: ok ? JSON.parse(finished.stdout) : undefined,
      messages: finished.stderr.replace(/\s+/g, " "),
    };
  }

  remove(): void {
    if (this.made) rmSync(this.made, { recursive: true, force: true });
  }
}

/** The value of an evaluation that must succeed; otherwise the test fails with Nix's messages. */
export function value(evaluation: Evaluation): any {
  if (!evaluation.ok) throw new Error(evaluation.messages);
  return evaluation.value;
}
