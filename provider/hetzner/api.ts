import { version } from "../../package.json";
import { Clock, systemClock } from "../clock";
import { errorOf, HetznerError, NO_ANSWER, NOT_THE_API, SET_TOKEN, UNREACHABLE } from "./errors";
import { pauseAfter } from "./retry";

/** Which project, at which API. */
export interface Access {
  /** Of a project, with the right to read and write. Secret. */
  token: string;
  /** Hetzner's own where left out. */
  endpoint?: string;
}

export interface ApiOptions extends Access {
  /** Milliseconds for a call, its repetitions included, and for the end of an action. 2 minutes unless told. */
  deadline?: number;
  /** Milliseconds for one answer. 20 s unless told. */
  requestTimeout?: number;
  clock?: Clock;
}

export interface CallOptions {
  signal?: AbortSignal;
  /** Told why the call is not done yet. */
  onWait?: (message: string) => void;
}

interface Request extends CallOptions {
  query?: Query;
  /** Codes beyond the usual ones that pass by themselves here. */
  passing?: readonly string[];
  /** Asked before each wait for one of those to pass; throws where it will not. */
  beforeWait?(): Promise<void>;
}

export type Query = Record<string, string | number | readonly (string | number)[]>;

/** Something that Hetzner does after it has answered. */
export interface Action {
  id: number;
  command: string;
  status: "running" | "success" | "error";
  error: { code: string; message: string } | null;
}

export const ENDPOINT = "https://api.hetzner.cloud/v1";
/** The API's largest. */
const PER_PAGE = 50;
const ACTIONS_AT_ONCE = 25;
const FIRST_POLL = 500;
const LONGEST_POLL = 2_000;

/**
 * Hetzner Cloud's API, as far as it is needed here. Every call may be repeated without harm, and is, while what
 * stops it can pass by itself (see retry.ts).
 */
export class HetznerApi {
  private readonly endpoint: string;
  private readonly token: string;
  private readonly deadline: number;
  private readonly requestTimeout: number;
  private readonly clock: Clock;

  /** @throws HetznerError when token or endpoint cannot be used */
  constructor(options: ApiOptions) {
    const { endpoint = ENDPOINT, deadline = 120_000, requestTimeout = 20_000, clock = systemClock } = options;
    this.token = checkedToken(options.token);
    this.endpoint = checkedEndpoint(endpoint);
    this.deadline = deadline;
    this.requestTimeout = requestTimeout;
    this.clock = clock;
  }

  get<T>(path: string, options: Request = {}): Promise<T> {
    return this.call("GET", path, options) as Promise<T>;
  }

  /** All objects of a kind that the query selects, from all pages. @param kind such as "servers" */
  async list<T>(kind: string, options: Request = {}): Promise<T[]> {
    const all: T[] = [];
    for (let page = 1; ;) {
      const query = { ...options.query, page, per_page: PER_PAGE };
      const answer = await this.get<Record<string, unknown>>(`/${kind}`, { ...options, query });
      const objects = answer?.[kind];
      if (!Array.isArray(objects)) throw this.strange(`GET /${kind}`, `an answer without "${kind}"`);
      all.push(...(objects as T[]));
      const { pagination } = (answer.meta ?? {}) as { pagination?: { next_page?: number | null } };
      const next = pagination?.next_page;
      if (typeof next !== "number") return all;
      if (next <= page) throw this.strange(`GET /${kind}`, `page ${next} as the one after page ${page}`);
      page = next;
    }
  }

  /** Asks for an action, and waits for its end. */
  async act(path: string, body: object = {}, options: Request = {}): Promise<void> {
    await this.settle((await this.call("POST", path, options, body)) as Answer, options);
  }

  /** Deletes an object and waits until that is done; finding it gone is success. */
  async delete(path: string, options: Request = {}): Promise<void> {
    const answer = await this.call("DELETE", path, options).catch((error) => {
      if (error instanceof HetznerError && error.code === "not_found") return undefined;
      throw error;
    });
    await this.settle(answer as Answer, options);
  }

  /** Waits for the actions that an answer speaks of. */
  private async settle(answer: Answer, options: CallOptions): Promise<void> {
    const end = this.clock.now() + this.deadline;
    let actions = [...(answer?.action ? [answer.action] : []), ...(answer?.actions ?? [])];
    for (let pause = FIRST_POLL; ; pause = Math.min(pause * 1.5, LONGEST_POLL)) {
      const failed = actions.find(({ status }) => status === "error");
      if (failed) {
        const { code, message } = failed.error ?? { code: "action_failed", message: "no reason given" };
        throw this.failure(code, `Hetzner could not finish ${failed.command} (${code}): ${message}.`);
      }
      actions = actions.filter(({ status }) => status === "running");
      if (!actions.length) return;
      const names = actions.map(({ command }) => command).join(", ");
      if (this.clock.now() + pause > end) {
        const what = `Hetzner has not finished ${names} within ${this.deadline / 1000} s.`;
        throw this.failure(NO_ANSWER, what);
      }
      options.onWait?.(`waiting for ${names}`);
      await this.clock.sleep(pause, options.signal);
      const id = actions.slice(0, ACTIONS_AT_ONCE).map((action) => action.id);
      const asked = await this.get<{ actions: Action[] }>("/actions", { ...options, query: { id } });
      actions = [...asked.actions, ...actions.slice(ACTIONS_AT_ONCE)];
    }
  }

  private async call(method: string, path: string, options: Request, body?: object): Promise<unknown> {
    const { signal, onWait, passing } = options;
    const end = this.clock.now() + this.deadline;
    for (let attempt = 1; ; attempt++) {
      const remaining = Math.max(end - this.clock.now(), 1);
      try {
        return await this.attempt(method, path, options, body, Math.min(this.requestTimeout, remaining));
      } catch (error) {
        if (!(error instanceof HetznerError)) throw error;
        const pause = pauseAfter(error, attempt, this.clock.now(), passing);
        if (pause === undefined) throw error;
        if (this.clock.now() + pause > end) {
          const what = `${method} ${path} was given up after ${this.deadline / 1000} s.`;
          throw this.failure(error.code, what, error.message, error.status);
        }
        if (passing?.includes(error.code)) await options.beforeWait?.();
        onWait?.(`${error.code} at ${method} ${path}: trying again in ${Math.ceil(pause / 1000)} s`);
        await this.clock.sleep(pause, signal);
      }
    }
  }

  private async attempt(
    method: string,
    path: string,
    { query = {}, signal }: Request,
    body: object | undefined,
    timeout: number,
  ): Promise<unknown> {
    signal?.throwIfAborted();
    const url = new URL(this.endpoint + path);
    for (const [name, values] of Object.entries(query)) {
      for (const value of [values].flat()) url.searchParams.append(name, String(value));
    }
    const limit = AbortSignal.timeout(timeout);
    const doing = `${method} ${path}`;
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method,
        headers: {
          authorization: `Bearer ${this.token}`,
          "user-agent": `kluster/${version}`,
          ...(body && { "content-type": "application/json" }),
        },
        body: body && JSON.stringify(body),
        redirect: "error", // the token is for nobody else
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
      text = await response.text();
    } catch (error) {
      signal?.throwIfAborted();
      if (limit.aborted) {
        throw this.failure(
          NO_ANSWER,
          `${this.endpoint} has not answered ${doing} within ${timeout / 1000} s.`,
        );
      }
      throw this.failure(
        UNREACHABLE,
        `${this.endpoint} cannot be reached for ${doing} (${reasonOf(error)}).`,
      );
    }
    return this.judge(doing, response, text);
  }

  private judge(doing: string, response: Response, text: string): unknown {
    const { status, headers } = response;
    const body = parsed(text);
    if (response.ok && (body !== undefined || !text)) return body;
    const reset = Number(headers.get("ratelimit-reset") ?? NaN);
    const resetAt = Number.isFinite(reset) ? reset * 1000 : undefined;
    if (body !== undefined || status >= 500 || status === 429) {
      const { code, message } = errorOf(doing, status, body, resetAt);
      return raise(new HetznerError(code, this.redacted(message), "", status, resetAt));
    }
    const kind = headers.get("content-type") ?? "of no stated type";
    throw this.strange(doing, `HTTP status ${status} and no JSON, but text ${kind}`);
  }

  private strange(doing: string, found: string): HetznerError {
    const what = `What answers ${doing} at ${this.endpoint} is not Hetzner's API: it sends ${found}.`;
    return this.failure(NOT_THE_API, what);
  }

  private failure(code: string, what: string, next?: string, status?: number): HetznerError {
    return new HetznerError(code, this.redacted(what), next, status);
  }

  /** Whatever the other side says, or the way to it: the token is not repeated. */
  private redacted(message: string): string {
    return message.replaceAll(this.token, "(the token)");
  }
}

type Answer = { action?: Action | null; actions?: Action[] } | undefined;

/** Not repeated in the message, whatever it is. Such a token would otherwise be shown by fetch, as a bad header. */
function checkedToken(token: unknown): string {
  if (typeof token === "string" && /^[\x21-\x7e]+$/.test(token)) return token;
  const what = token
    ? "The token for Hetzner's API has spaces, line breaks or other characters that no token has."
    : "There is no token for Hetzner's API.";
  throw new HetznerError("unauthorized", what, SET_TOKEN);
}

function checkedEndpoint(endpoint: string): string {
  const usable = URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol);
  if (usable) return endpoint.replace(/\/+$/, "");
  const what = `${JSON.stringify(endpoint)} is no address of Hetzner's API: it must begin with https:// or http://.`;
  throw new HetznerError(UNREACHABLE, what, `Leave hcloud:endpoint out for Hetzner's own, ${ENDPOINT}.`);
}

/** The answer's JSON; undefined when it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** fetch says no more than "fetch failed"; what happened is its cause. */
function reasonOf(error: unknown): string {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  return cause?.code ?? cause?.message ?? String((error as Error).message);
}

function raise(error: Error): never {
  throw error;
}
