import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { chmod, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SnapshotNames } from "./names";
import { Dated, expired, Retention } from "./retention";

/** The snapshots of one cluster in a folder of the operator's. Other files there are none of ours. */
export class SnapshotFolder {
  private readonly names: SnapshotNames;

  /** @param recipient the key that they are encrypted for */
  constructor(
    readonly path: string,
    recipient: string,
  ) {
    this.names = new SnapshotNames(recipient);
  }

  /** The oldest first. */
  async list(): Promise<(Dated & { path: string; size: number })[]> {
    const names = await readdir(this.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    const dated = names.flatMap((name) => {
      const time = this.names.timeOf(name);
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
    const path = join(this.path, this.names.of(time));
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
}
