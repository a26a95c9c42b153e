import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { shellQuote } from "../shell";
import { Session } from "../ssh";

/** What a script on a machine may be given besides its arguments. */
export interface ScriptOptions {
  /** For secrets and file contents; a stream for what is too large for memory (see ExecOptions). */
  stdin?: string | Buffer | Readable;
  /** Takes the script's output as bytes, in place of the result (see ExecOptions). */
  stdout?: Writable;
  /** Milliseconds; 60 s unless told. */
  timeout?: number;
  onLine?: (line: string) => void;
  /** Gives up waiting for the script when aborted. */
  signal?: AbortSignal;
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
    const text = await this.text(script);
    const command = ["bash", "-c", text, script, ...args].map(shellQuote).join(" ");
    const finished = await session.exec(command, {
      stdin: options.stdin,
      stdout: options.stdout,
      timeout: options.timeout ?? 60_000,
      onLine: options.onLine,
      signal: options.signal,
    });
    if (finished.code !== 0) throw new ScriptError(script, finished.code, finished.stdout + finished.stderr);
    return finished.stdout;
  }

  /** A script's text, for those that a machine is to run by itself. */
  text(script: string): Promise<string> {
    return readFile(join(this.folder, script), "utf8");
  }
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-30).join("\n");
}
