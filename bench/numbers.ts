/** What is measured, in the order of the table; aims are for two cores in the lab. */
export const measures = {
  labUp: { title: "lab/lab up, from nothing", unit: "s" },
  up: { title: "pulumi up: three machines from nothing to Ready", unit: "s", aim: 75 },
  noopUp: { title: "pulumi up, nothing to do", unit: "s" },
  noopPreview: { title: "pulumi preview, nothing to do", unit: "s", aim: 3 },
  emptyPreview: { title: "pulumi preview of an empty program", unit: "s" },
  destroy: { title: "pulumi destroy", unit: "s" },
  programMemory: { title: "peak memory of the program (Node)", unit: "MB" },
  providerMemory: { title: "peak memory of our provider", unit: "MB", aim: 120 },
} satisfies Record<string, Measure>;

export interface Measure {
  title: string;
  unit: "s" | "MB";
  /** Not to be exceeded by the median. */
  aim?: number;
}

export type MeasureName = keyof typeof measures;
/** One number for each measure of a round. */
export type Round = Record<MeasureName, number> & { phases: Phase[] };

/** A line of the provider's journal (KLUSTER_TIMINGS). */
export interface Phase {
  machine: string;
  phase: string;
  seconds: number;
}

/** @throws RangeError for an empty list */
export function median(numbers: number[]): number {
  if (numbers.length === 0) throw new RangeError("the median of nothing");
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of each measure over all rounds. */
export function medians(rounds: Round[]): Record<MeasureName, number> {
  const names = Object.keys(measures) as MeasureName[];
  const entries = names.map((name) => [name, median(rounds.map((round) => round[name]))]);
  return Object.fromEntries(entries) as Record<MeasureName, number>;
}

/** Medians beside their aims and the single numbers, for people. */
export function table(rounds: Round[]): string {
  const middle = medians(rounds);
  const lines = (Object.entries(measures) as [MeasureName, Measure][]).map(([name, { title, unit, aim }]) => {
    const value = `${middle[name].toFixed(1)} ${unit}`.padStart(9);
    const verdict = aim === undefined ? "" : middle[name] <= aim ? `aim ${aim}, held` : `aim ${aim}, missed`;
    const single = rounds.map((round) => round[name].toFixed(1)).join(" ");
    return `${title.padEnd(50)}${value}  ${verdict.padEnd(16)}${single}`;
  });
  return [`${"".padEnd(50)}${"median".padStart(9)}  ${"".padEnd(16)}each round`, ...lines].join("\n");
}

/** Lines of the provider's journal. */
export function parsePhases(journal: string): Phase[] {
  return journal
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Phase);
}
