import { inspect } from "node:util";
import { type Proposal } from "./advice";

/** One thing that is wrong in what the user wrote. */
export interface Problem {
  /** The file to look into, as the user knows it: "hosts.toml", "Pulumi.dev.yaml". */
  file: string;
  /** Line within the file, from 1, where it is known. */
  line?: number;
  /** The key as it is written in that file, such as `hosts.il.host` or `kluster:network`. */
  key?: string;
  /** The value as the user wrote it, made fit to be printed. */
  value?: string;
  /** What is wrong: one sentence. */
  what: string;
  /** What would be right. */
  allowed: string;
  /** What to do now. */
  next: string;
}

/** A problem whose advice is yet to be chosen, once everything that is wrong is known. */
export type Draft = Omit<Problem, "next"> & { next: string | Proposal };

/** Longer values are cut: a problem names its value so that it is found again, not to repeat it all. */
const SHOWN_CHARACTERS = 80;

/** A value for a person's eyes: text in double quotes, control characters escaped, on one line, cut when long. */
export function show(value: unknown): string {
  const text =
    typeof value === "string"
      ? JSON.stringify(value)
      : inspect(value, {
          depth: 2,
          breakLength: Infinity,
          maxArrayLength: 5,
          maxStringLength: SHOWN_CHARACTERS,
        });
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** The settings can't be used. Holds every problem that was found, not only the first; nothing has been touched. */
export class SettingsError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(render(problems));
    this.name = "SettingsError";
  }
}

/** Collects problems while the checks go on, so that the user hears of all of them at once. */
export class Problems {
  private readonly found: Draft[] = [];

  add(problem: Draft): void {
    this.found.push(problem);
  }

  get any(): boolean {
    return this.found.length > 0;
  }

  /** Everything found so far. */
  get drafts(): readonly Draft[] {
    return [...this.found];
  }
}

function render(problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return [
    `${count} in the settings; nothing was touched.`,
    ...problems.map((problem, index) => {
      const number = `${index + 1}.`;
      const indent = " ".repeat(number.length + 1);
      const place = problem.file + (problem.line === undefined ? "" : `, line ${problem.line}`);
      const key = problem.key === undefined ? "" : `, ${problem.key}`;
      const value = problem.value === undefined ? "" : key ? ` = ${problem.value}` : `, ${problem.value}`;
      return [
        `${number} ${place}${key}${value}: ${problem.what}`,
        `${indent}Allowed: ${problem.allowed}`,
        `${indent}Next: ${problem.next}`,
      ].join("\n");
    }),
  ].join("\n\n");
}
