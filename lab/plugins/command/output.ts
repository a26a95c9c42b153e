import { StringDecoder } from "node:string_decoder";

/** What a command printed, without the last newline. */
export interface Printed {
  stdout: string;
  stderr: string;
}

type Stream = keyof Printed;

/** Longer lines than this hang the official plugin: the reader of its log stops, and nobody empties the pipe. */
const LONGEST_LINE = 64 * 1024;

/** Collects what a command prints, and shows what `logging` asks for line by line while it runs. */
export class Output {
  private readonly chunks: Record<Stream | "both", Buffer[]> = { stdout: [], stderr: [], both: [] };
  private readonly decoder = new StringDecoder("utf8");
  private line = "";

  /**
   * @param logging as in the resource's inputs
   * @param show gets each line that is logged
   */
  constructor(
    private readonly logging: string | undefined,
    private readonly show: (line: string) => void,
  ) {}

  /** @throws where the official plugin would hang */
  add(stream: Stream, data: Buffer): void {
    this.chunks[stream].push(data);
    this.chunks.both.push(data);
    if (!this.isLogged(stream)) return;
    const lines = (this.line + this.decoder.write(data)).split("\n");
    this.line = lines.pop()!;
    if ([...lines, this.line].some((line) => Buffer.byteLength(line) >= LONGEST_LINE))
      throw new Error(
        "the command printed a line of 64 KiB or more, on which the official plugin would hang; set logging to none",
      );
    for (const line of lines) this.show(line.replace(/\r$/, ""));
  }

  /** Both streams in the order in which they came, as errors tell them. */
  both(): string {
    return this.text("both");
  }

  finish(): Printed {
    if (this.line) this.show(this.line);
    this.line = "";
    const [stdout, stderr] = (["stdout", "stderr"] as const).map((name) =>
      this.text(name).replace(/\n$/, ""),
    );
    return { stdout, stderr };
  }

  private text = (name: Stream | "both") => Buffer.concat(this.chunks[name]).toString("utf8");

  private isLogged = (stream: Stream) =>
    this.logging === undefined || this.logging === "stdoutAndStderr" || this.logging === stream;
}
