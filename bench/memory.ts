import { readdirSync, readFileSync } from "node:fs";

/** Peak resident memory of processes, in MB, by the name of their kind. */
export type Peaks<Kind extends string> = Record<Kind, number>;

/**
 * Looks at all processes of the box until it is stopped, and keeps for each kind the highest peak of one process.
 * The kernel itself keeps each process's peak (VmHWM), so what lies between two looks is not missed, but for a
 * process's last moments.
 *
 * @param kinds by what the command line of such a process matches, its arguments joined by spaces
 */
export function watchMemory<Kind extends string>(kinds: Record<Kind, RegExp>): { stop(): Peaks<Kind> } {
  const names = Object.keys(kinds) as Kind[];
  const peaks = Object.fromEntries(names.map((name) => [name, 0])) as Peaks<Kind>;
  const look = () => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      const command = read(`/proc/${pid}/cmdline`).replace(/\0/g, " ");
      const name = names.find((kind) => kinds[kind].test(command));
      if (name) peaks[name] = Math.max(peaks[name], peakOf(read(`/proc/${pid}/status`)));
    }
  };
  const timer = setInterval(look, 200);
  return {
    stop() {
      clearInterval(timer);
      return peaks;
    },
  };
}

/** VmHWM of a /proc/PID/status, in MB; 0 for a process without memory of its own. */
export function peakOf(status: string): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // it has just ended
  }
}
