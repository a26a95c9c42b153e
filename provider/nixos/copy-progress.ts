// Types of Nix's internal-json log (src/libutil/logging.hh).
const COPY_PATHS = 103;
const RESULT_PROGRESS = 105;
const LEVEL_ERROR = 0;

/** A line of that log, as far as it is looked at. */
type LogEvent =
  | { action: "msg"; level: number; msg: string }
  | { action: "start"; type: number; id: number }
  | { action: "result"; type: number; id: number; fields: number[] };

/** Reads Nix's internal-json log and tells how many paths of a copy are there. */
export class CopyProgress {
  /** What Nix or ssh complained about. */
  readonly errors: string[] = [];
  private readonly copies = new Set<number>();
  private last = "";

  /** Takes one line of the log; returns a message when there is news. */
  next(line: string): string | undefined {
    if (!line.startsWith("@nix ")) {
      if (line.trim()) this.errors.push(line); // ssh's own words come as plain lines
      return undefined;
    }
    const event = JSON.parse(line.slice("@nix ".length)) as LogEvent;
    if (event.action === "msg" && event.level === LEVEL_ERROR) this.errors.push(withoutColours(event.msg));
    if (event.action === "start" && event.type === COPY_PATHS) this.copies.add(event.id);
    if (event.action !== "result" || event.type !== RESULT_PROGRESS || !this.copies.has(event.id))
      return undefined;
    const [done, expected] = event.fields;
    if (!expected) return undefined;
    const message = `${done} of ${expected} paths copied`;
    if (message === this.last) return undefined;
    this.last = message;
    return message;
  }
}

function withoutColours(text: string): string {
  return text.replace(/\u001b\[[0-9;]*m/g, "");
}
