import { appendFileSync } from "node:fs";

/**
 * Runs `work` and, where the environment variable KLUSTER_TIMINGS names a file, appends a line of JSON with the
 * seconds it took: `{"machine":"il","phase":"install","seconds":3.2}`.
 */
export async function timed<T>(machine: string, phase: string, work: () => Promise<T>): Promise<T> {
  const file = process.env.KLUSTER_TIMINGS;
  if (!file) return work();
  const start = process.hrtime.bigint();
  const result = await work();
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  appendFileSync(file, JSON.stringify({ machine, phase, seconds: Math.round(seconds * 100) / 100 }) + "\n");
  return result;
}
