import { type Section } from "./section";

/** What the texts of a list must be. */
export interface ListRule {
  /** In words. */
  allowed: string;
  /** A right list. */
  example: readonly string[];
  /** What is wrong with one text, and which text was meant where that is plain. */
  fault(text: string): Fault | undefined;
}

export interface Fault {
  what: string;
  meant?: string;
}

/**
 * A list in which every text is right and stands once. Reports every one that is not.
 * @returns undefined where the key is not there, or the list is wrong
 */
export function readList(section: Section, key: string, rule: ListRule): string[] | undefined {
  if (!section.has(key)) return undefined;
  const { allowed, example } = rule;
  const set = (right: readonly string[]) => section.set(key, JSON.stringify(right.length ? right : example));
  const written = section.texts(key, JSON.stringify(example));
  if (written?.length === 0) section.refuse(key, { what: "an empty list", allowed, next: set(example) });
  if (!written?.length) return undefined;
  const faults = written.map((text, index): Fault | undefined =>
    written.indexOf(text) < index ? { what: "it is there twice" } : rule.fault(text),
  );
  // The right list as a whole, so that one command puts right all that is wrong.
  const right = [
    ...new Set(written.flatMap((text, index) => (faults[index] ? (faults[index].meant ?? []) : text))),
  ];
  written.forEach((text, index) => {
    const fault = faults[index];
    if (!fault) return;
    const question = fault.meant === undefined ? "" : `did you mean "${fault.meant}"? `;
    section.refuse(key, { value: text, what: fault.what, allowed, next: question + set(right) });
  });
  return faults.some((fault) => fault) ? undefined : written;
}
