/** Milliseconds before the next try, by the number of tries that were repeated already. */
export type Backoff = (retries: number) => number;

export const constant =
  (interval: number): Backoff =>
  () =>
    interval;

export const exponential =
  (base: number, cap = Infinity): Backoff =>
  (retries) =>
    Math.min(base * 2 ** retries, cap);

/** Anything from the base to what it would be without a draw. */
export const drawn =
  (base: number, backoff: Backoff, random: () => number = Math.random): Backoff =>
  (retries) =>
    base + (backoff(retries) - base) * random();
