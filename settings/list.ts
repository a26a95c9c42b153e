import { type Section } from "./section";

/** What the texts of a list must be. */
export interface ListRule {
  /** In words. */
  allowed: string;
  /** A right list. */
  example: readonly string[];
  /** Other right ones, for where that one does not fit the rest of the settings. */
  alternatives?: readonly (readonly string[])[];
  /** What is wrong with one text, and which text was meant where that is plain. */
  fault(text: string): Fault | undefined;
  /** Texts for which it gives the same stand for the same thing; without it, each stands for itself. */
  identity?: (text: string) => string;
  /** Whether a list with nothing in it says something. */
  mayBeEmpty?: boolean;
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
  const { allowed, example, alternatives = [], identity = (text: string) => text, mayBeEmpty = false } = rule;
  const propose = (right: readonly string[], question = "") =>
    section.propose(
      key,
      [...(right.length || mayBeEmpty ? [right] : []), example, ...alternatives],
      `${question}correct the list`,
      (command) => question + command,
    );
  const written = section.texts(key, example, alternatives);
  if (written?.length === 0 && mayBeEmpty) return [];
  if (written?.length === 0) section.refuse(key, { what: "an empty list", allowed, next: propose([]) });
  if (!written?.length) return undefined;
  const identities = written.map(identity);
  const faults = written.map((text, index): Fault | undefined =>
    identities.indexOf(identities[index]) < index ? { what: "it is there twice" } : rule.fault(text),
  );
  // The right list as a whole, so that one command puts right all that is wrong.
  const meant = written.flatMap((text, index) => (faults[index] ? (faults[index].meant ?? []) : text));
  const right = [...new Map(meant.reverse().map((text) => [identity(text), text])).values()].reverse();
  written.forEach((text, index) => {
    const fault = faults[index];
    if (!fault) return;
    const question = fault.meant === undefined ? "" : `did you mean "${fault.meant}"? `;
    section.refuse(key, { value: text, what: fault.what, allowed, next: propose(right, question) });
  });
  return faults.some((fault) => fault) ? undefined : written;
}
