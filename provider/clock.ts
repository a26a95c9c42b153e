/** Time, in a form that tests need not wait for. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Rejects with the signal's reason when it is aborted meanwhile. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/**
 * The time at which certificates are made and looked at. It is the box's, unless KLUSTER_CERTIFICATES_AS_OF has a day,
 * 2027-06-01: for rehearsals of what years bring.
 * @throws Error when that is no day
 */
export function certificateClock({ KLUSTER_CERTIFICATES_AS_OF: day }: NodeJS.ProcessEnv): Clock {
  if (!day) return systemClock;
  const noon = Date.parse(`${day}T12:00:00Z`);
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(noon))
    throw new Error(`KLUSTER_CERTIFICATES_AS_OF is to be a day, such as 2027-06-01, and is "${day}"`);
  return { ...systemClock, now: () => noon };
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal!.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, milliseconds);
      signal?.addEventListener("abort", onAbort, { once: true });
    }),
};
