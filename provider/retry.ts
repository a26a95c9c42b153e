import { Clock } from "./clock";

export interface Retry {
  clock: Clock;
  /** Whether this failure can pass by itself. Everything else fails at once. */
  passes(error: unknown): boolean;
  /** Milliseconds before the second attempt; doubled each time, up to {@link longest}. 200 unless told. */
  first?: number;
  /** Longest pause, in milliseconds. 8 s unless told. */
  longest?: number;
  /** Milliseconds after which no further attempt begins. 60 s unless told. */
  total?: number;
  signal?: AbortSignal;
  onRetry?(error: unknown, pause: number): void;
}

/**
 * Repeats `attempt` while it fails with what can pass.
 * @throws the last failure
 */
export async function retryWhilePassing<T>(attempt: () => Promise<T>, retry: Retry): Promise<T> {
  const { clock, first = 200, longest = 8_000, total = 60_000 } = retry;
  const end = clock.now() + total;
  for (let pause = first; ; pause = Math.min(pause * 2, longest)) {
    try {
      return await attempt();
    } catch (error) {
      if (!retry.passes(error) || clock.now() + pause > end) throw error;
      retry.onRetry?.(error, pause);
      await clock.sleep(pause, retry.signal);
    }
  }
}
