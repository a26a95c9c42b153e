/** How long snapshots are kept. */
export interface Retention {
  /** How many at most; at least 1. */
  keep: number;
  /** Whole days after which one goes. */
  days: number;
}

const DAY = 86_400_000;

/** A snapshot by the name of its file, and when it was taken (milliseconds). */
export interface Dated {
  name: string;
  time: number;
}

/** Which go: all but the newest `keep`, and what is older than `days`; never the newest. */
export function expired(snapshots: readonly Dated[], { keep, days }: Retention, now: number): string[] {
  const newestFirst = [...snapshots].sort((a, b) => b.time - a.time || (a.name < b.name ? 1 : -1));
  return newestFirst
    .filter(({ time }, index) => index > 0 && (index >= keep || now - time > days * DAY))
    .map(({ name }) => name);
}
