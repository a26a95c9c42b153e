import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { shellQuote } from "../shell";
import { Session } from "../ssh";

/** What a script on a machine may be given besides its arguments. */
export interface ScriptOptions {
  /** For secrets and file contents. */
  stdin?: string;
  /** Milliseconds; 60 s unless told. */
  timeout?: number;
  onLine?: (line: string) => void;
}

/** A script of scripts/ ended badly on a machine. */
export class ScriptError extends Error {
  constructor(
    readonly script: string,
    readonly code: number | null,
    output: string,
  ) {
    super(`scripts/${script} failed with exit code ${code}:\n${lastLines(output)}`);
  }
}

/** Runs the scripts of scripts/ on machines. Their text travels as it is; values travel as arguments. */
export class Scripts {
  constructor(private readonly folder: string) {}

  /**
   * @returns the script's standard output
   * @throws ScriptError with what it said, when it does not end with 0
   */
  async run(session: Session, script: string, args: string[], options: ScriptOptions = {}): Promise<string> {
    const text = await readFile(join(this.folder, script), "utf8");
    const command = ["bash", "-c", text, script, ...args].map(shellQuote).join(" ");
    const finished = await session.exec(command, {
      stdin: options.stdin,
      timeout: options.timeout ?? 60_000,
      onLine: options.onLine,
    });
    if (finished.code !== 0) throw new ScriptError(script, finished.code, finished.stdout + finished.stderr);
    return finished.stdout;
  }
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-30).join("\n");
}
