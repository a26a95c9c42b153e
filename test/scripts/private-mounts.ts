import { spawnSync } from "node:child_process";
import { join } from "node:path";

const possible = spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/run"]).status === 0;

/** `describe`, or a skipped one that says why, where a test cannot have mounts of its own. */
export const describeWithMounts = (name: string, tests: () => void): void =>
  possible
    ? describe(name, tests)
    : describe.skip(`${name} (mounts of one's own are not allowed here)`, tests);

export interface ScriptRun {
  /** Folders of the box that are empty for the script. */
  empty: string[];
  /** Bash that runs before it, in the same mounts. */
  before?: string;
  args?: string[];
  env?: Record<string, string>;
  /** Its standard input. */
  input?: string;
  /** Where it runs, and what it takes for its own folder. */
  folder?: string;
  /** Bash that looks at what it left, and prints that; the script's own output comes first. */
  after?: string;
}

/** Runs a script of scripts/ as machines do, among mounts that only it sees. */
export function runScript(
  name: string,
  { empty, before, args, env, input, folder, after }: ScriptRun,
): { code: number | null; stdout: string; stderr: string } {
  const script = join(__dirname, "../../scripts", name);
  const steps = [
    ...empty.map((folder) => `mount -t tmpfs none ${folder}`),
    before ?? "",
    // As Scripts does: the text as an argument, values after it.
    `code=0; bash -c "$(cat "$SCRIPT")" ${name} "$@" || code=$?`,
    after ?? "",
    "exit $code",
  ];
  const finished = spawnSync(
    "unshare",
    ["--mount", "bash", "-euc", `SCRIPT=${script}\n${steps.join("\n")}`, "test", ...(args ?? [])],
    { encoding: "utf8", input, env: { ...process.env, ...env }, cwd: folder, timeout: 30_000 },
  );
  return { code: finished.status, stdout: finished.stdout, stderr: finished.stderr };
}
