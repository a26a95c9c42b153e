import { createWriteStream, WriteStream } from "node:fs";

/** The machine's screen and keyboard: what it shows is logged and passed on to whoever watches. */
export class Console {
  private readonly log: WriteStream;
  private readonly watchers = new Set<(bytes: Buffer) => void>();
  /** Who gets the keys at the moment; without anybody they are lost, as on a real machine. */
  keyboard: (keys: string) => void = () => {};

  constructor(logFile: string) {
    this.log = createWriteStream(logFile, { flags: "a" });
    this.log.on("error", () => {}); // a full disk must not cut the machine's power
  }

  show(bytes: Buffer | string): void {
    const buffer = Buffer.from(bytes as string);
    this.log.write(buffer);
    for (const watcher of this.watchers) watcher(buffer);
  }

  /** @returns how to stop watching */
  watch(watcher: (bytes: Buffer) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }
}
