import { isObject, Properties } from "../../values";
import { Backoff, drawn, exponential } from "./backoff";
import { HcloudError, StatusError } from "./errors";
import { NoAnswer, send } from "./http";
import { pause, Pause } from "./pause";

export interface ClientOptions {
  /** Up to and with the API's version. */
  endpoint: string;
  token: string;
  /** Between two looks at an action. */
  poll: Backoff;
  pause?: Pause;
  random?: () => number;
}

/** Hetzner's own API. */
export const ENDPOINT = "https://api.hetzner.cloud/v1";

const RETRIES = 5;
const FIRST_RETRY = 1_000;
const LONGEST_RETRY = 60_000;
/** Codes and statuses that hcloud-go takes for passing, whatever was asked for. `locked` is none of them. */
const PASSING_CODES = ["conflict", "rate_limit_exceeded", "bad_gateway", "timeout"];
const PASSING_STATUSES = [502, 504];

/**
 * Hetzner's API as hcloud-go 2 speaks to it: a request that fails in passing is repeated up to 5 times, after 1 s at
 * first and then drawn from 1 s to twice, four times … as long.
 */
export class Client {
  readonly poll: Backoff;
  readonly pause: Pause;
  private readonly retry: Backoff;

  constructor(private readonly options: ClientOptions) {
    this.poll = options.poll;
    this.pause = options.pause ?? pause;
    this.retry = drawn(FIRST_RETRY, exponential(FIRST_RETRY, LONGEST_RETRY), options.random);
  }

  /** @throws HcloudError, StatusError or NoAnswer */
  async call(signal: AbortSignal, method: string, path: string, body?: object): Promise<Properties> {
    for (let retries = 0; ; retries++) {
      try {
        return await this.once(signal, method, path, body);
      } catch (error) {
        if (retries === RETRIES || signal.aborted || !passes(error)) throw error;
        await this.pause(this.retry(retries), signal);
      }
    }
  }

  private async once(signal: AbortSignal, method: string, path: string, body?: object): Promise<Properties> {
    const { endpoint, token } = this.options;
    const url = `${endpoint.replace(/\/+$/, "")}${path}`;
    const text = body && JSON.stringify(body);
    const answer = await send({ method, url, token, body: text, signal });
    const json = parse(answer.body);
    if (answer.status < 400) return json ?? {};
    const { code, message, details } = json?.error ?? {};
    if (!code && !message) throw new StatusError(answer.status);
    const correlation = answer.headers["x-correlation-id"];
    throw new HcloudError(answer.status, code, message, details?.fields ?? [], correlation?.toString());
  }
}

function passes(error: unknown): boolean {
  if (error instanceof HcloudError) return PASSING_CODES.includes(error.code);
  if (error instanceof StatusError) return PASSING_STATUSES.includes(error.status);
  return error instanceof NoAnswer && error.timedOut;
}

function parse(text: string): any {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
