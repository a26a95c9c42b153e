import { Run } from "../process";
import { Clock, systemClock } from "../clock";
import { classify, Fault, mayPass, remedyFor, VBoxManageError } from "./errors";
import { retryWhilePassing } from "../retry";
import { kernelRoutes, Route } from "./routes";

/** What a successful call said. */
export interface Answer {
  /** Without the warning about the kernel driver. */
  stdout: string;
  stderr: string;
  /** The call warned that VirtualBox's kernel driver is not loaded: nothing can be started on this box. */
  driverWarning: boolean;
}

export interface VBoxManageOptions {
  /** The program; found on PATH unless told. */
  command?: string;
  clock?: Clock;
  /** Ends running calls and waits when aborted. */
  signal?: AbortSignal;
  /** Where this box sends packets; from its kernel unless told. undefined: nobody knows. */
  routes?(): Promise<Route[] | undefined>;
  /** Told what is being waited for. */
  onWait?(message: string): void;
}

export interface CallOptions {
  /** Milliseconds; two minutes unless told. */
  timeout?: number;
  /** Standard output that means success whatever the exit code. */
  success?: RegExp;
}

/** Errors are told by text as well as by exit code: VBoxManage has been seen to fail with exit code 0. */
const ERROR_LINE = /^(?:.*\.\.\.)?VBoxManage(?:\.exe)?(?: \w+)?: (?:fatal )?error:[ \t]*(.*)$/;

/** Calls VBoxManage, one call at a time as the caller makes them. Secrets must never be among the arguments. */
export class VBoxManage {
  readonly clock: Clock;
  readonly signal?: AbortSignal;

  constructor(
    private readonly run: Run,
    private readonly options: VBoxManageOptions = {},
  ) {
    this.clock = options.clock ?? systemClock;
    this.signal = options.signal;
  }

  /** @throws VBoxManageError when it fails; ProcessTimeout when it takes too long */
  async call(args: string[], { timeout = 120_000, success }: CallOptions = {}): Promise<Answer> {
    const { code, stdout: raw, stderr } = await this.finished(args, timeout);
    const { text: stdout, driverWarning } = withoutDriverWarning(raw);
    if (success?.test(stdout)) return { stdout, stderr, driverWarning };
    const errors = errorLines(stderr);
    if (code === 0 && errors.length === 0) return { stdout, stderr, driverWarning };

    let fault = classify(args, stderr);
    // startvm then says no more than that the machine "has terminated unexpectedly", or that vboxnet0 does not exist.
    if (driverWarning && args[0] === "startvm" && (fault === "failed" || fault === "no-such-interface"))
      fault = "driver-not-loaded";
    // While a machine goes down, its description breaks off in the middle.
    if (fault === "failed" && args[0] === "showvminfo" && stdout.trim() !== "") fault = "busy";
    const reason = reasonOf(errors) || `it failed with exit code ${code} and gave no reason`;
    throw new VBoxManageError(fault, args, reason).with(remedyFor(fault));
  }

  /** Like {@link call}, but what can pass (a session lock, a state in motion) is tried again for a minute. */
  retrying(args: string[], options: CallOptions = {}): Promise<Answer> {
    return retryWhilePassing(() => this.call(args, options), {
      clock: this.clock,
      signal: this.signal,
      passes: mayPass,
      onRetry: (error) => this.waiting(`VirtualBox: ${(error as VBoxManageError).reason}`),
    });
  }

  /** Like {@link retrying}; undefined when it fails with one of `faults`. */
  async tolerating(faults: Fault[], args: string[], options: CallOptions = {}): Promise<Answer | undefined> {
    try {
      return await this.retrying(args, options);
    } catch (error) {
      if (error instanceof VBoxManageError && faults.includes(error.fault)) return undefined;
      throw error;
    }
  }

  /** Where this box sends packets; undefined: nobody knows. */
  routes(): Promise<Route[] | undefined> {
    return (this.options.routes ?? kernelRoutes)();
  }

  /** Tells whoever watches what is being waited for. */
  waiting(message: string): void {
    this.options.onWait?.(message);
  }

  sleep(milliseconds: number): Promise<void> {
    return this.clock.sleep(milliseconds, this.signal);
  }

  private async finished(args: string[], timeout: number) {
    const command = this.options.command ?? "VBoxManage";
    try {
      return await this.run(command, args, {
        timeout,
        signal: this.signal,
        // What is parsed must not be translated; and in the plain C locale VirtualBox knows no letters but ASCII's,
        // and fails for a home folder or a path with others.
        env: { LC_ALL: "C.UTF-8", LANG: "C.UTF-8", LANGUAGE: "C" },
      });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== "ENOENT" && code !== "EACCES") throw error;
      const reason = code === "ENOENT" ? `${command} was not found` : `${command} may not be executed`;
      throw new VBoxManageError("not-installed", args, reason).with(remedyFor("not-installed"));
    }
  }
}

/**
 * Takes off the warning that comes before any answer, on standard output, while the kernel driver is not loaded:
 * a line "WARNING: …" with indented and empty lines after it.
 */
export function withoutDriverWarning(stdout: string): { text: string; driverWarning: boolean } {
  const lines = stdout.split(/\r?\n/);
  let at = 0;
  while (lines[at]?.startsWith("WARNING:")) {
    at++;
    while (at < lines.length && /^(\s.*)?$/.test(lines[at])) at++;
  }
  if (at === 0) return { text: stdout, driverWarning: false };
  return { text: lines.slice(at).join("\n"), driverWarning: /vboxdrv/.test(lines.slice(0, at).join("\n")) };
}

function errorLines(stderr: string): string[] {
  return stderr.split(/\r?\n/).flatMap((line) => {
    const match = ERROR_LINE.exec(line);
    return match ? [match[1].trim()] : [];
  });
}

/** VBoxManage's sentences without the program locations that follow them, unless there is nothing else. */
function reasonOf(errors: string[]): string {
  const sentences = errors.filter((line) => line && !/^(?:Details|Context): /.test(line));
  return [...new Set(sentences.length > 0 ? sentences : errors.filter(Boolean))].join("; ");
}
