/** Waits. @throws what hcloud-go fails with when its caller no longer waits */
export type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export const pause: Pause = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    const gone = () => {
      clearTimeout(timer);
      reject(new Error(reasonOf(signal)));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", gone);
      resolve();
    }, milliseconds);
    if (signal.aborted) gone();
    else signal.addEventListener("abort", gone, { once: true });
  });

/** In Go's words, whether time was up or somebody gave up. */
export const reasonOf = ({ reason }: AbortSignal): string =>
  (reason as Error | undefined)?.name === "TimeoutError" ? "context deadline exceeded" : "context canceled";
