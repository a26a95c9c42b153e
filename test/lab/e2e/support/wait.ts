/** Boxes that tests run on are shared, and a deadline is there to end what hangs, not to measure. */
const BUSY = 3;

/**
 * Tries until it succeeds.
 *
 * @param what for the message at the deadline
 * @param seconds that it takes at most where nothing else runs; a busy box gets three times that
 * @throws Error with the last reason at the deadline
 */
export async function eventually<T>(what: string, seconds: number, attempt: () => Promise<T>): Promise<T> {
  const patience = seconds * BUSY;
  const deadline = Date.now() + patience * 1000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error(`${what}: not within ${patience} s; last: ${(error as Error).message}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
