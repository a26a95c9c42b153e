/**
 * Tries until it succeeds.
 *
 * @param what for the message at the deadline
 * @param seconds until the deadline
 * @throws Error with the last reason at the deadline
 */
export async function eventually<T>(what: string, seconds: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error(`${what}: not within ${seconds} s; last: ${(error as Error).message}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
