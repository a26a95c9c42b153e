/** One request as GET /_requests lists it. */
export interface LoggedRequest {
  at: string;
  method: string;
  /** Below /v1, with the query. */
  path: string;
  /** 0 for a connection that was cut. */
  status: number;
  /** A question for the progress of actions, which how long things take decides the number of. */
  poll: boolean;
}

/** Requests that are remembered at most; the oldest go first. */
const CAPACITY = 20_000;

/** All requests of this process, for budgets. */
export class RequestLog {
  private entries: LoggedRequest[] = [];

  add(entry: Omit<LoggedRequest, "poll">): void {
    this.entries.push({ ...entry, poll: isPoll(entry.method, entry.path) });
    if (this.entries.length > CAPACITY) this.entries.shift();
  }

  clear(): void {
    this.entries = [];
  }

  summary() {
    const polls = this.entries.filter(({ poll }) => poll).length;
    return {
      total: this.entries.length,
      polls,
      withoutPolls: this.entries.length - polls,
      requests: this.entries,
    };
  }
}

const isPoll = (method: string, path: string) =>
  method === "GET" && /\/actions(\/\d+)?$/.test(path.split("?")[0]);
