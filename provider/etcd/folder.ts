import { createHash, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { chmod, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Dated, expired, Retention } from "./retention";

/**
 * The snapshots of one cluster in a folder of the operator's: etcd-1f3a9c2e-20261128T112233123Z.age. The first part says
 * which key opens them. Other files, those of other clusters among them, are none of ours.
 */
export class SnapshotFolder {
  private readonly mark: string;

  /** @param recipient the key that they are encrypted for */
  constructor(
    readonly path: string,
    recipient: string,
  ) {
    this.mark = createHash("sha256").update(recipient).digest("hex").slice(0, 8);
  }

  /** The oldest first. */
  async list(): Promise<(Dated & { path: string; size: number })[]> {
    const names = await readdir(this.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    const dated = names.flatMap((name) => {
      const time = this.timeOf(name);
      return time === undefined ? [] : [{ name, time, path: join(this.path, name) }];
    });
    const found = await Promise.all(
      dated.map(async (one) => ({ ...one, size: (await stat(one.path)).size })),
    );
    return found.sort((a, b) => a.time - b.time);
  }

  /**
   * Writes a snapshot, whole or not at all, for its owner alone.
   * @param time milliseconds
   * @returns its path
   */
  async write(sealed: Readable, time: number): Promise<string> {
    sealed.on("error", () => {}); // the pipeline tells it; before there is one, something else is told
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    const path = join(this.path, this.nameOf(time));
    const draft = `${path}.${randomBytes(6).toString("hex")}`;
    try {
      await pipeline(sealed, createWriteStream(draft, { flags: "wx", mode: 0o600 }));
      await chmod(draft, 0o600);
      const handle = await open(draft, "r");
      await handle.sync().finally(() => handle.close());
      await rename(draft, path);
      return path;
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** Deletes those whose time is over. @returns how many */
  async prune(retention: Retention, now: number): Promise<number> {
    const names = expired(await this.list(), retention, now);
    for (const name of names) await rm(join(this.path, name), { force: true });
    return names.length;
  }

  private nameOf(time: number): string {
    return `etcd-${this.mark}-${new Date(time).toISOString().replace(/[-:.]/g, "")}.age`;
  }

  /** Undefined where it is not one of ours. */
  private timeOf(name: string): number | undefined {
    const parts = /^etcd-[0-9a-f]{8}-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z\.age$/.exec(name);
    if (!parts) return undefined;
    const [, year, month, day, hour, minute, second, rest] = parts;
    const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${rest}Z`);
    return Number.isFinite(time) && this.nameOf(time) === name ? time : undefined;
  }
}
