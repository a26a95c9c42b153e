import { type Finding } from "./check";

const WORDS = { well: "ok", warning: "warning", problem: "PROBLEM", unknown: "unknown" } as const;

/** The findings for a person: a line for each, and the remedy below what is not well. */
export function render(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map(({ name }) => name.length));
  const indent = " ".repeat(10 + width);
  const lines = findings.flatMap(({ name, state, finding, remedy }) => [
    `${WORDS[state].padEnd(7)}  ${name.padEnd(width)} ${finding.split("\n").join(`\n${indent}`)}`,
    ...(remedy && state !== "well" ? [`${indent}Next: ${remedy.split("\n").join(`\n${indent}`)}`] : []),
  ]);
  return `${[...lines, summary(findings)].join("\n")}\n`;
}

function summary(findings: readonly Finding[]): string {
  const count = (state: Finding["state"]) => findings.filter((finding) => finding.state === state).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  if (problems + warnings === 0) return "Nothing is wrong, as far as could be seen.";
  return `${problems} ${problems === 1 ? "problem" : "problems"}, ${warnings} ${warnings === 1 ? "warning" : "warnings"}.`;
}

/** 1 where there is a problem; a warning is none. */
export const exitCode = (findings: readonly Finding[]): number =>
  findings.some(({ state }) => state === "problem") ? 1 : 0;
