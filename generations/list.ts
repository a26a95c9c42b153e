import { KEPT, type PastSystem } from "../provider/nixos/history";

/** A system that a machine has. */
export interface Generation {
  /** By which the machine counts and its boot menu shows it; absent for one that is kept without such a number. */
  number?: number;
  /** When the generation was made; without one, when it was last made to be kept. In ISO 8601. */
  date: string;
  storePath: string;
  /** Versions; absent where it has none. */
  nixos?: string;
  kernel?: string;
  kubernetes?: string;
  running: boolean;
  /** Whether the next boot starts it. */
  boots: boolean;
  /** Whether kluster:rollback can name it, or it runs by that already. */
  rollback: boolean;
}

/**
 * Reads what scripts/generations.sh prints.
 * @param history what the state knows of the machine's systems
 * @returns the oldest first; those without a number before the others
 */
export function parseGenerations(text: string, history: readonly PastSystem[]): Generation[] {
  const lines = text.split("\n").map((line) => line.split("\t"));
  const place = (name: string) => lines.find(([word]) => word === name)?.[1];
  const [running, next] = [place("running"), place("next")];
  const known = new Set(history.slice(0, KEPT).map(({ storePath }) => storePath));
  const given = (name: string, value: string) => (value === "-" ? {} : { [name]: value });
  const found = lines
    .filter(([word]) => word === "system")
    .map(([, number, seconds, storePath, nixos, kernel, kubernetes]): Generation => {
      return {
        ...(number === "-" ? {} : { number: Number(number) }),
        date: new Date(Number(seconds) * 1000).toISOString(),
        storePath,
        ...{ ...given("nixos", nixos), ...given("kernel", kernel), ...given("kubernetes", kubernetes) },
        ...{ running: storePath === running, boots: storePath === next, rollback: known.has(storePath) },
      };
    });
  const sorted = found.sort((a, b) => (a.number ?? -1) - (b.number ?? -1) || (a.date < b.date ? -1 : 1));
  // A system that was gone back to has more than one number; the latest is the one that it runs by.
  const latest = new Map(sorted.map((generation) => [generation.storePath, generation]));
  return sorted.map((generation) =>
    latest.get(generation.storePath) === generation
      ? generation
      : { ...generation, running: false, boots: false },
  );
}

const COLUMNS = ["number", "date (UTC)", "hash", "NixOS", "Linux", "Kubernetes", ""];

/** A machine's systems for a person, a line each. */
export function renderGenerations(machine: string, generations: readonly Generation[]): string {
  const rows = generations.map((generation) => [
    ...[`${generation.number ?? "-"}`, generation.date.slice(0, 16).replace("T", " ")],
    generation.storePath.split("/").at(-1)!.slice(0, 8),
    ...[generation.nixos ?? "-", generation.kernel ?? "-", generation.kubernetes ?? "-"],
    [
      ...(generation.running ? ["runs"] : []),
      ...(generation.boots ? ["is booted next"] : []),
      ...(generation.rollback ? [] : ["cannot be gone back to"]),
    ].join(", "),
  ]);
  const widths = COLUMNS.map((name, column) =>
    Math.max(...[name, ...rows.map((row) => row[column])].map((cell) => cell.length)),
  );
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, column) => cell.padEnd(widths[column])).join("  ")}`.trimEnd();
  return [machine, line(COLUMNS), ...rows.map(line)].join("\n") + "\n";
}
