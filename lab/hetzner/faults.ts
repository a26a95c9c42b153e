import { readJson, writeAtomically } from "../json-file";

/** Faults to inject, from faults.json or PUT /_faults; README.md describes it for test authors. */
export interface Faults {
  /** Instead of 3600 requests an hour, refilled by one a second. */
  rateLimit?: { limit: number; perSecond: number };
  requests?: RequestFault[];
  actions?: ActionFault[];
}

interface Counted {
  /** How many are still let through before. */
  skip?: number;
  /** How many are still hit. */
  times: number;
  /** Milliseconds that they take longer. */
  delay?: number;
  /** An error code of the API. */
  error?: string;
  message?: string;
}

export interface RequestFault extends Counted {
  method?: string;
  /** Part of the path below /v1. */
  path?: string;
  /** Part of the request's body, as JSON without spaces. */
  body?: string;
  /** Cut the connection instead of answering. */
  drop?: boolean;
  /** The request does its work all the same and only then fails. */
  afterwards?: boolean;
  /** Seconds until RateLimit-Reset of a rate_limit_exceeded. */
  reset?: number;
}

export interface ActionFault extends Counted {
  /** The action's command, `create_server`. */
  command: string;
}

/** The file with the faults; what has been hit is counted down in it. */
export class FaultBook {
  constructor(private readonly file: string) {}

  read(): Faults {
    return readJson(this.file) ?? {};
  }

  write(faults: Faults): void {
    writeAtomically(this.file, JSON.stringify(faults, null, 1));
  }

  /** Takes one use of the first fault that hits this request. */
  drawRequest(method: string, path: string, body: string): RequestFault | undefined {
    return this.draw(
      "requests",
      (fault) =>
        (fault.method ?? method) === method &&
        path.includes(fault.path ?? "") &&
        body.includes(fault.body ?? ""),
    );
  }

  /** Takes one use of the first fault that hits an action with this command. */
  drawAction(command: string): ActionFault | undefined {
    return this.draw("actions", (fault) => fault.command === command);
  }

  private draw<K extends "requests" | "actions">(
    kind: K,
    hits: (fault: NonNullable<Faults[K]>[number]) => boolean,
  ): NonNullable<Faults[K]>[number] | undefined {
    const faults = this.read();
    const fault = (faults[kind] ?? []).find(
      (one: NonNullable<Faults[K]>[number]) => one.times > 0 && hits(one),
    ) as NonNullable<Faults[K]>[number] | undefined;
    if (!fault) return undefined;
    const early = (fault.skip ?? 0) > 0;
    if (early) fault.skip!--;
    else fault.times--;
    this.write(faults);
    return early ? undefined : fault;
  }
}
