import { HetznerError, NO_ANSWER, UNREACHABLE } from "./errors";

/** Somebody else holds the object for a while; worth waiting for as long as there is time. */
const BUSY = ["conflict", "locked"];
/** Attempts at what may be a hiccup of the line or of Hetzner's, and may be an outage. */
const TRIES: Record<string, number> = { [UNREACHABLE]: 4, [NO_ANSWER]: 2 };
const TRIES_AFTER_FAULT = 5;
/** Comes with status 503, and yet means that the request can never work. */
const FINAL = ["unsupported_error"];

const SECOND = 1000;
const LONGEST = 8 * SECOND;
/** The limit is refilled by a request a second, and Reset is when it is full again: sooner will do. */
const LONGEST_AT_RATE_LIMIT = 60 * SECOND;

/**
 * Milliseconds to wait before the call is made again; undefined: it will not pass by itself, or was tried enough.
 * @param attempt how many were made, the failed one included
 * @param now milliseconds since 1970
 * @param passing further codes that the caller knows to pass by themselves
 */
export function pauseAfter(
  error: HetznerError,
  attempt: number,
  now: number,
  passing: readonly string[] = [],
): number | undefined {
  const backoff = Math.min(SECOND * 2 ** (attempt - 1), LONGEST);
  if (error.code === "rate_limit_exceeded") {
    const wait = error.resetAt === undefined ? backoff : error.resetAt - now;
    return Math.min(Math.max(wait, SECOND), LONGEST_AT_RATE_LIMIT);
  }
  if (BUSY.includes(error.code) || passing.includes(error.code)) return backoff;
  if (error.code in TRIES) return attempt < TRIES[error.code] ? backoff / 2 : undefined;
  const fault = (error.status ?? 0) >= 500 && !FINAL.includes(error.code);
  return fault && attempt < TRIES_AFTER_FAULT ? backoff : undefined;
}
