import { type Draft, type Problem } from "./problems";
import { type Source, type Value } from "./section";

/** A key that gets another value. */
export interface Change {
  source: Source;
  path: readonly string[];
  value: Value;
}

/** Values for a key, the best first. Only one that passes every check is advised. */
export interface Proposal {
  values: readonly Value[];
  /** The change that such a value stands for. */
  change: (value: Value) => Change;
  /** What the user is told to do; `command` makes the change. */
  say: (command: string) => string;
  /** What the user is told where no value passes. */
  otherwise: string;
}

/** Runs every check again on what would be written after these changes. */
export type Check = (changes: readonly Change[]) => readonly Draft[];

const command = ({ source, path, value }: Change) => source.set(path, value);
const place = ({ source, path }: Change) => `${source.file} ${source.name(path)}`;
const problemPlace = ({ file, key }: Draft) => `${file} ${key}`;

/**
 * Turns each draft's proposal into advice that passes the checks that it answers: by itself, and together with all the
 * advice before it, so that a user who follows all of it does not come from one mistake into the next.
 */
export function chooseAdvice(drafts: readonly Draft[], check: Check): Problem[] {
  const before = new Set(drafts.map(problemPlace));
  const taken: Change[] = [];
  const known = new Map<string, ReadonlySet<string>>();
  /** The places of the problems that there are after some changes. */
  const problemsAfter = (changes: readonly Change[]): ReadonlySet<string> => {
    const key = changes.map(command).join("\n");
    const places = known.get(key) ?? new Set(check(changes).map(problemPlace));
    known.set(key, places);
    return places;
  };
  const isSolvedBy = (draft: Draft, changes: readonly Change[]) =>
    !problemsAfter(changes).has(problemPlace(draft));
  /** Places of problems that the changes taken so far put right; no later change may undo that. */
  const solved = new Set<string>();
  /** How many keys would get a problem that they do not have now; undefined where the draft's own key keeps one. */
  const cost = (draft: Draft, changes: readonly Change[]): number | undefined => {
    const left = [...problemsAfter(changes)];
    if (left.includes(problemPlace(draft))) return undefined;
    return left.filter((place) => !before.has(place)).length;
  };
  const best = (draft: Draft, { values, change }: Proposal): Change | undefined => {
    let found: { change: Change; cost: number } | undefined;
    for (const one of values.map(change)) {
      const alone = cost(draft, [one]);
      const together = alone === undefined || taken.length === 0 ? alone : cost(draft, [...taken, one]);
      if (alone === undefined || together === undefined) continue;
      if ([...problemsAfter([...taken, one])].some((place) => solved.has(place))) continue;
      if (!found || alone + together < found.cost) found = { change: one, cost: alone + together };
      if (found.cost === 0) break;
    }
    return found?.change;
  };
  const settle = (draft: Draft): Problem => {
    const { next } = draft;
    if (typeof next === "string") return { ...draft, next };
    const advise = (text: string): Problem => {
      solved.add(problemPlace(draft));
      return { ...draft, next: text };
    };
    // One key gets one value, whatever is wrong with it.
    if (taken.length > 0 && isSolvedBy(draft, taken)) {
      const cause = taken.find((change) => isSolvedBy(draft, [change]));
      const isOwn = cause && next.values.some((value) => place(next.change(value)) === place(cause));
      if (cause) return advise(isOwn ? next.say(command(cause)) : `this is put right by: ${command(cause)}`);
    }
    const change = best(draft, next);
    if (!change) return { ...draft, next: next.otherwise };
    taken.push(change);
    return advise(next.say(command(change)));
  };
  // The stack's first: what it says decides what the inventory may say.
  const isStacks = ({ next }: Draft) =>
    typeof next === "object" && next.values.some((one) => next.change(one).source.textual);
  const settled = new Map<Draft, Problem>();
  for (const draft of [...drafts.filter(isStacks), ...drafts.filter((draft) => !isStacks(draft))])
    settled.set(draft, settle(draft));
  return drafts.map((draft) => settled.get(draft)!);
}

/** The values with some of them replaced. */
export function withChanges<T extends Record<string, unknown>>(
  values: T,
  changes: readonly Pick<Change, "path" | "value">[],
): T {
  return changes.reduce<T>((table, { path, value }) => replaced(table, path, value) as T, values);
}

function replaced(
  table: Record<string, unknown>,
  [key, ...rest]: readonly string[],
  value: Value,
): Record<string, unknown> {
  const inner = (table[key] ?? {}) as Record<string, unknown>;
  return { ...table, [key]: rest.length ? replaced(inner, rest, value) : value };
}
