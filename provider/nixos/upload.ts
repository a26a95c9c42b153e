import { basename, dirname } from "node:path";
import { pipeline, Readable, Transform } from "node:stream";
import { Open, Run } from "../process";
import { Session } from "../ssh";
import { MEGABYTE } from "../units";
import { NixError, nixErrorText } from "./nix";
import { Scripts } from "./scripts";

/** Half a gigabyte over a slow line takes an hour; more than two mean that something hangs. */
const UPLOAD_TIMEOUT = 7_200_000;
/** A connection that lives but takes nothing for this long is as good as dead. */
const STALL_TIMEOUT = 120_000;
const QUERY_TIMEOUT = 60_000;

/** How a closure is read here and how its machine is reached. */
export interface Upload {
  run: Run;
  open: Open;
  scripts: Scripts;
  session: Session;
  status: (message: string) => void;
  signal?: AbortSignal;
  /** Milliseconds without a byte after which the upload fails. Default: two minutes. */
  stall?: number;
}

/**
 * Puts a store path and all that it needs on a machine that has no Nix: path by path as a tar, each there whole or
 * not at all. What is there already, from a run that was killed, is not sent again.
 * @throws NixError when the closure cannot be read, ScriptError when the machine cannot take it
 */
export async function uploadClosure(upload: Upload, storePath: string): Promise<void> {
  const { run, scripts, session, signal } = upload;
  const closure = await query(run, "--requisites", [storePath]);
  const answer = await scripts.run(session, "missing-paths.sh", closure, { signal });
  const missing = answer.split("\n").filter(Boolean);
  if (missing.length === 0) return;
  const sizes = (await query(run, "--size", missing)).map(Number);
  const progress = new Progress(
    sizes.reduce((a, b) => a + b, 0),
    upload.status,
  );
  for (const path of missing) {
    await scripts.run(session, "receive-path.sh", [path], {
      stdin: metered(archive(upload.open, path), progress, upload.stall ?? STALL_TIMEOUT),
      timeout: UPLOAD_TIMEOUT,
      signal,
    });
    await scripts.run(session, "keep-path.sh", [path], { timeout: STALL_TIMEOUT, signal });
  }
}

/** A store path as root owns it on the other side, whoever owns the store on this one. */
function archive(open: Open, path: string): Readable {
  return open("tar", [
    ...["--create", "--file=-", `--directory=${dirname(path)}`],
    ...["--owner=0", "--group=0", "--numeric-owner", "--", basename(path)],
  ]);
}

async function query(run: Run, what: string, paths: string[]): Promise<string[]> {
  const finished = await run("nix-store", ["--query", what, ...paths], { timeout: QUERY_TIMEOUT });
  if (finished.code !== 0) {
    throw new NixError(`nix-store --query ${what} failed:\n${nixErrorText(finished.stderr)}`);
  }
  return finished.stdout.split("\n").filter(Boolean);
}

/** Counts what passes, and fails when nothing has for too long. */
function metered(source: Readable, progress: Progress, patience: number): Readable {
  const stalled = () =>
    meter.destroy(new Error(`the machine has taken nothing of the installer for ${patience / 1000} s`));
  let timer = setTimeout(stalled, patience);
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      clearTimeout(timer);
      timer = setTimeout(stalled, patience);
      progress.add(chunk.length);
      done(null, chunk);
    },
  });
  // Passes failures on to either side. They reach the caller by whoever reads the meter.
  pipeline(source, meter, () => clearTimeout(timer));
  return meter;
}

/** Says how much has been sent, in steps that a person can follow. */
class Progress {
  private sent = 0;
  private said = -1;

  constructor(
    private readonly total: number,
    private readonly status: (message: string) => void,
  ) {}

  add(bytes: number): void {
    this.sent += bytes;
    // tar adds a little to what Nix counts.
    const [sent, total] = [Math.min(this.sent, this.total), this.total].map((n) => Math.ceil(n / MEGABYTE));
    const step = Math.floor((100 * this.sent) / (this.total || 1));
    if (step === this.said) return;
    this.said = step;
    this.status(`sending the installer: ${sent} of ${total} MB`);
  }
}
