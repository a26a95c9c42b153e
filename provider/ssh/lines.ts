/** Cuts text that comes in pieces into lines, which end with LF, CR LF or (progress displays) CR alone. */
export class LineSplitter {
  private rest = "";
  constructor(private readonly onLine: (line: string) => void) {}

  push(text: string): void {
    this.rest += text;
    // A CR at the very end is kept back: the LF that belongs to it may come with the next piece.
    const ending = /\r\n|\n|\r(?!$)/g;
    let start = 0;
    for (let match = ending.exec(this.rest); match; match = ending.exec(this.rest)) {
      this.onLine(this.rest.slice(start, match.index));
      start = ending.lastIndex;
    }
    this.rest = this.rest.slice(start);
  }

  /** Hands out the last line where no line end came after it. */
  end(): void {
    if (this.rest !== "") this.onLine(this.rest.replace(/\r$/, ""));
    this.rest = "";
  }
}
