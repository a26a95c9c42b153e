import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Run } from "../process";
import { writeWhole } from "../write-whole";
import { hasRunOutOfMemory, outOfMemory } from "./evaluation-memory";
import { evaluationMessage, readEvaluationError } from "./evaluation-error";
import { NixError, requireNix } from "./nix";
import { Derivation, EvaluatedSystem } from "./system";

/** Everything that a file of nix/ is told; its shape is documented there. */
export type Facts = Record<string, unknown>;
export type Systems = Record<string, EvaluatedSystem>;

/** Fetching nixpkgs for the first time takes minutes on a slow line; half an hour means that something hangs. */
const EVALUATION_TIMEOUT = 1_800_000;

/** Makes what is kept, and given, of what Nix prints of a system: once, and not at every look. */
export interface Keeping<System> {
  /** Another one whenever `keep` makes something else. */
  version: number;
  keep: (printed: unknown) => System;
}

/** A kept result, and the files that it came from. */
interface CacheEntry<System> {
  systems: Record<string, System>;
  /** SHA-256 of each file by its path. */
  sources: Record<string, string>;
}

/**
 * Evaluates what a file of nix/ describes, such as the NixOS systems of all machines at once, with the operator's Nix.
 * Evaluating the real nixpkgs takes tens of seconds and gigabytes (evaluation-memory.ts), so a result is kept on disk for as long as the facts and every file
 * that took part stay the same.
 */
export class Evaluator<System extends Derivation = EvaluatedSystem> {
  constructor(
    private readonly run: Run,
    /** Folder of the NixOS modules. */
    private readonly nixFolder: string,
    /** Folder for kept results; may be emptied at any time. */
    private readonly cacheFolder: string,
    /** The file in it that is a function of facts. */
    private readonly file = "default.nix",
    /** What is kept of what Nix prints. */
    private readonly keeping?: Keeping<System>,
  ) {}

  /**
   * @throws NixError with Nix's own explanation, and where its full trace is, when a module is wrong or Nix is missing
   *   or too old
   */
  async evaluate(facts: Facts, minimumNix: string, started?: () => void): Promise<Record<string, System>> {
    const document = JSON.stringify(facts);
    const expression = join(this.nixFolder, this.file);
    const key = digest([expression, ...(this.keeping ? [this.keeping.version] : []), document].join("\n"));
    const kept = await this.kept(key);
    if (kept) return kept;
    started?.();
    await this.requireNix(minimumNix);
    const factsFile = join(this.cacheFolder, "facts", `${key}.json`);
    await writeWhole(factsFile, document);
    const args = [
      // Instantiating writes the derivations, which --eval alone leaves out.
      ...["--eval", "--strict", "--json", "--read-write-mode", "-vv"],
      // Costs nothing where all goes well; where not, evaluating again for it would take as long again.
      "--show-trace",
      expression,
      ...["--argstr", "facts", factsFile],
    ];
    const finished = await this.run("nix-instantiate", args, { timeout: EVALUATION_TIMEOUT });
    if (hasRunOutOfMemory(finished))
      throw new NixError(
        outOfMemory(Object.keys((facts.machines as object | undefined) ?? { one: {} }).length),
      );
    if (finished.code !== 0) throw new NixError(await this.explain(key, finished.stderr));
    const printed = Object.entries(JSON.parse(finished.stdout) as Record<string, unknown>);
    const keep = this.keeping?.keep ?? ((system: unknown) => system as System);
    const systems = Object.fromEntries(printed.map(([name, system]) => [name, keep(system)]));
    const entry: CacheEntry<System> = { systems, sources: await this.sources(finished.stderr) };
    await writeWhole(this.entryFile(key), JSON.stringify(entry));
    return systems;
  }

  /** @throws NixError when Nix is missing or older than that */
  requireNix(minimum: string): Promise<void> {
    return requireNix(this.run, minimum);
  }

  /** Keeps what Nix said in full, as that may have hundreds of lines, and gives what the user should see at once. */
  private async explain(key: string, stderr: string): Promise<string> {
    const error = readEvaluationError(stderr);
    const traceFile = join(this.cacheFolder, "traces", `${key}.txt`);
    await writeWhole(traceFile, `${error.trace}\n`);
    return evaluationMessage(error, traceFile);
  }

  private entryFile(key: string): string {
    return join(this.cacheFolder, "evaluations", `${key}.json`);
  }

  private async kept(key: string): Promise<Record<string, System> | undefined> {
    try {
      const entry = JSON.parse(await readFile(this.entryFile(key), "utf8")) as CacheEntry<System>;
      const paths = Object.keys(entry.sources);
      const now = await Promise.all(paths.map((path) => digestFile(path)));
      if (paths.some((path, i) => entry.sources[path] !== now[i])) return undefined;
      // A garbage collection may have taken the derivations away.
      await Promise.all(Object.values(entry.systems).map((system) => stat(system.drvPath)));
      return entry.systems;
    } catch {
      return undefined; // whatever is wrong with a kept result, evaluating again mends it
    }
  }

  private async sources(log: string): Promise<Record<string, string>> {
    const files = new Set<string>();
    for (const path of filesTakingPart(log)) {
      const beside = dirname(path);
      // Nix does not log what builtins.readFile reads. It nearly always stands beside the module that does.
      for (const entry of await readdir(beside, { withFileTypes: true }).catch(() => [])) {
        if (entry.isFile()) files.add(join(beside, entry.name));
      }
    }
    const hashed = await Promise.all([...files].map(async (path) => [path, await digestFile(path)] as const));
    return Object.fromEntries(hashed);
  }
}

/** Files outside the Nix store that Nix's log (at -vv) says it has evaluated or copied. */
export function filesTakingPart(log: string): string[] {
  const mentions = log.matchAll(/(?:evaluating file|copied source) '(\/[^']+)'/g);
  return [...new Set([...mentions].map(([, path]) => path))].filter(
    (path) => !path.startsWith("/nix/store/"),
  );
}

function digest(text: string | Buffer): string {
  return createHash("sha256").update(text).digest("hex");
}

async function digestFile(path: string): Promise<string> {
  return digest(await readFile(path));
}
