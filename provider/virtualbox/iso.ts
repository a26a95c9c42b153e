import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { writeWhole } from "../write-whole";
import { Clock, systemClock } from "../clock";
import { MEGABYTE } from "../units";
import { locks, withLock } from "./lock";

/** An image by its place and its content. */
export interface PinnedIso {
  /** https:// or file:// */
  url: string;
  /** 64 hex digits. */
  sha256: string;
}

export interface IsoOptions {
  /** Folder for copies and for marks of what has been checked; made where missing. */
  cacheFolder: string;
  onProgress?(progress: {
    megabytes: number;
    /** undefined where the server does not say. */ of?: number;
  }): void;
  onWait?(message: string): void;
  signal?: AbortSignal;
  /** How files are asked for; Node's own unless told. */
  fetch?: typeof fetch;
  clock?: Clock;
}

/** The installer image is not available. */
export class IsoError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "IsoError";
  }
}

/** Attempts without a single byte in between until a download is given up. */
const ATTEMPTS = 5;
/** Milliseconds without a byte after which a connection counts as dead. */
const STALL = 60_000;
const LOCK_DEADLINE = 2 * 60 * 60_000;

/** Where {@link ensureIso} has the image, or will have it. */
export function isoPath({ url, sha256 }: PinnedIso, cacheFolder: string): string {
  const parsed = new URL(url);
  if (parsed.protocol === "file:") return fileURLToPath(parsed);
  return join(cacheFolder, `${sha256.toLowerCase().slice(0, 16)}-${fileName(parsed)}`);
}

/**
 * Path of a file on this box with exactly this content. A file:// image is used where it is; an https:// one is
 * copied into the cache once, by whoever comes first, and a download that broke off goes on where it ended.
 * The hash is always checked; a file that has not changed since (size, time) is not read again.
 * @throws IsoError that names what is wrong and the next step
 */
export async function ensureIso(iso: PinnedIso, options: IsoOptions): Promise<string> {
  const pinned = { url: iso.url, sha256: iso.sha256.toLowerCase() };
  if (!/^[0-9a-f]{64}$/.test(pinned.sha256)) {
    throw new IsoError(
      `the sha256 of the installer image ${iso.url} is "${iso.sha256}", must be 64 hex digits`,
    );
  }
  const url = URL.canParse(iso.url) ? new URL(iso.url) : undefined;
  if (url?.protocol !== "https:" && url?.protocol !== "file:") {
    throw new IsoError(`the installer image's URL is "${iso.url}", must begin with https:// or file://`);
  }
  await mkdir(options.cacheFolder, { recursive: true });
  const target = isoPath(pinned, options.cacheFolder);
  if (url.protocol === "file:") return useInPlace(target, pinned, options);
  if (await isKnownGood(target, pinned, options)) return target;
  const lock = {
    purpose: `fetch the installer image ${pinned.url}`,
    deadline: LOCK_DEADLINE,
    signal: options.signal,
    onWait: (holder: string) => options.onWait?.(`waiting for the installer image: ${holder}`),
  };
  return withLock(locks.iso(pinned.sha256), lock, async () => {
    // Somebody else may have fetched it while this one waited.
    if (!(await isGood(target, pinned, options))) await fetchInto(target, pinned, options);
    return target;
  });
}

function fileName(url: URL): string {
  const name = basename(decodeURIComponent(url.pathname)).replace(/[^\w.-]/g, "_");
  return name.endsWith(".iso") ? name : `${name}.iso`;
}

async function useInPlace(file: string, pinned: PinnedIso, options: IsoOptions): Promise<string> {
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile())
    throw new IsoError(`the installer image ${file} is not there; put it there or change its URL`);
  if (await isGood(file, pinned, options)) return file;
  throw mismatch(
    pinned,
    await sha256Of(file, options.signal),
    `Put the right file at ${file}, or correct the sha256.`,
  );
}

async function fetchInto(target: string, pinned: PinnedIso, options: IsoOptions): Promise<void> {
  const partial = `${target}.partial`;
  const resumed = (await sizeOf(partial)) > 0;
  await download(partial, pinned, options);
  let actual = await sha256Of(partial, options.signal);
  if (actual !== pinned.sha256 && resumed) {
    // What an earlier run left may have been of another file, or cut in the midst of a write.
    await rm(partial);
    await download(partial, pinned, options);
    actual = await sha256Of(partial, options.signal);
  }
  if (actual !== pinned.sha256) {
    await rm(partial);
    throw mismatch(pinned, actual, "Look up the image's hash at its publisher's and correct URL or sha256.");
  }
  await rename(partial, target);
  const mark = await markOf(target);
  if (mark) await remember(mark, pinned, options);
}

function mismatch({ url, sha256 }: PinnedIso, actual: string, next: string): IsoError {
  return new IsoError(`the installer image ${url} has the sha256 ${actual}, expected was ${sha256}. ${next}`);
}

/** Brings the file to its full length, beginning with what is there. */
async function download(file: string, { url }: PinnedIso, options: IsoOptions): Promise<void> {
  const clock = options.clock ?? systemClock;
  for (let attempt = 1, before = await sizeOf(file); ; attempt++) {
    try {
      return await downloadRest(file, url, before, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      const size = await sizeOf(file);
      if (size > before) attempt = 0;
      before = size;
      const reason = rootCause(error);
      if (error instanceof IsoError || attempt >= ATTEMPTS) {
        throw new IsoError(
          `${url} cannot be downloaded: ${reason}. What has come is kept; run this again to go on.`,
        );
      }
      options.onWait?.(`the download broke off (${reason}), trying again`);
      await clock.sleep(1_000 * 2 ** attempt, options.signal);
    }
  }
}

async function downloadRest(file: string, url: string, have: number, options: IsoOptions): Promise<void> {
  const stall = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stall.signal]) : stall.signal;
  const timer = setTimeout(() => stall.abort(new Error(`nothing came for ${STALL / 1000} s`)), STALL);
  try {
    const response = await (options.fetch ?? fetch)(url, {
      headers: have > 0 ? { range: `bytes=${have}-` } : {},
      signal,
    });
    // The server has no more than we have: whole already, or another file; the hash will tell.
    if (response.status === 416 && have > 0) return void (await response.body?.cancel());
    if (response.status >= 400 && response.status < 500)
      throw new IsoError(`the server answers ${response.status}`);
    if (!response.ok || !response.body) throw new Error(`the server answers ${response.status}`);
    const goesOn = response.status === 206;
    let bytes = goesOn ? have : 0;
    const length = Number(response.headers.get("content-length") ?? NaN);
    const of = Number.isFinite(length) ? Math.round((bytes + length) / MEGABYTE) : undefined;
    const watch = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        timer.refresh();
        const shown = Math.floor(bytes / MEGABYTE);
        bytes += chunk.length;
        const megabytes = Math.floor(bytes / MEGABYTE);
        if (megabytes > shown) options.onProgress?.({ megabytes, of });
        done(null, chunk);
      },
    });
    const body = Readable.fromWeb(response.body);
    // Never appended: a write of the broken attempt may still be on its way, and belongs where it was meant to go.
    const target = goesOn ? createWriteStream(file, { flags: "r+", start: have }) : createWriteStream(file);
    await pipeline(body, watch, target, { signal });
  } finally {
    clearTimeout(timer);
  }
}

/** fetch hides what went wrong in its error's cause. */
function rootCause(error: unknown): string {
  const cause = (error as { cause?: unknown }).cause;
  if (cause !== undefined) return rootCause(cause);
  return error instanceof Error ? error.message : String(error);
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

async function sha256Of(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest("hex");
}

/** What a file looked like when its content was last found to be right. */
interface Mark {
  path: string;
  size: number;
  modified: number;
}

async function markOf(file: string): Promise<Mark | undefined> {
  return stat(file).then(
    ({ size, mtimeMs }) => ({ path: file, size, modified: mtimeMs }),
    () => undefined,
  );
}

const markFile = ({ sha256 }: PinnedIso, { cacheFolder }: IsoOptions) =>
  join(cacheFolder, `${sha256}.checked.json`);

/** Whether the file is the one that was checked before, unchanged. */
async function isKnownGood(file: string, pinned: PinnedIso, options: IsoOptions): Promise<boolean> {
  const now = await markOf(file);
  if (!now) return false;
  try {
    const mark = JSON.parse(await readFile(markFile(pinned, options), "utf8")) as Mark;
    return mark.path === now.path && mark.size === now.size && mark.modified === now.modified;
  } catch {
    return false; // never checked, or the mark was cut short
  }
}

async function isGood(file: string, pinned: PinnedIso, options: IsoOptions): Promise<boolean> {
  if (await isKnownGood(file, pinned, options)) return true;
  const seen = await markOf(file); // before the hash: what is written meanwhile makes the mark wrong, not the file right
  if (!seen || (await sha256Of(file, options.signal)) !== pinned.sha256) return false;
  await remember(seen, pinned, options);
  return true;
}

function remember(mark: Mark, pinned: PinnedIso, options: IsoOptions): Promise<void> {
  return writeWhole(markFile(pinned, options), JSON.stringify(mark));
}
