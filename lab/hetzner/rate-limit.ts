import { ApiError } from "./api-error";

/** The project's requests in an hour, refilled by one a second. */
const DEFAULTS = { limit: 3600, perSecond: 1 };

/** A bucket of requests that fills again by itself. */
export class RateLimit {
  private spent = 0;
  private seen: number;

  constructor(private readonly now: () => Date) {
    this.seen = now().getTime();
  }

  /** Takes one request. @throws ApiError rate_limit_exceeded when there is none left */
  take(settings: { limit: number; perSecond: number } = DEFAULTS): void {
    const time = this.now().getTime();
    this.spent = Math.max(0, this.spent - ((time - this.seen) / 1000) * settings.perSecond);
    this.seen = time;
    if (this.spent + 1 > settings.limit)
      throw new ApiError(
        "rate_limit_exceeded",
        `limit of ${settings.limit} requests per hour reached for the project`,
      );
    this.spent++;
  }

  /** Headers of every answer. Reset is when the bucket is full again, in seconds since the epoch. */
  headers(settings = DEFAULTS, reset?: number): Record<string, string> {
    const seconds = reset ?? Math.ceil(this.spent / settings.perSecond);
    return {
      "RateLimit-Limit": String(settings.limit),
      "RateLimit-Remaining": reset === undefined ? String(Math.floor(settings.limit - this.spent)) : "0",
      "RateLimit-Reset": String(Math.ceil(this.now().getTime() / 1000) + seconds),
    };
  }
}
