import { isDeepStrictEqual } from "node:util";
import { isObject } from "../../values";
import { isZero } from "../fields";
import { setKey } from "./sets";

/** What happens at one place; one side is undefined where an element only leaves or only comes. */
export interface SetChange {
  at: number;
  old?: unknown;
  wanted?: unknown;
}

/**
 * What leaves a set, at its place in the old state, and what comes, at its place among the inputs.
 * @returns undefined where an element that comes cannot be found among the inputs
 */
export function setChanges(
  old: readonly unknown[],
  wanted: readonly unknown[],
  inputs: unknown,
): SetChange[] | undefined {
  const before = new Set(old.map(setKey));
  const after = new Set(wanted.map(setKey));
  const changes = new Map<number, SetChange>();
  old.forEach((element, at) => {
    if (!after.has(setKey(element))) changes.set(at, { at, old: element });
  });
  const candidates = Array.isArray(inputs) ? inputs : [];
  const used = new Set<number>();
  for (const element of wanted) {
    if (before.has(setKey(element))) continue;
    if (candidates.length < wanted.length) return undefined;
    const at = candidates.findIndex((input, place) => !used.has(place) && isMadeOf(element, input));
    if (at < 0) return undefined;
    used.add(at);
    changes.set(at, { ...changes.get(at), at, wanted: element });
  }
  return [...changes.values()];
}

/** Whether a planned element comes from this input. Lists within are compared in their order, as the bridge does. */
function isMadeOf(planned: unknown, input: unknown): boolean {
  if (input === undefined || input === null) return isZero(planned) || planned === true;
  if (Array.isArray(input) && Array.isArray(planned))
    return input.length === planned.length && input.every((one, at) => isMadeOf(planned[at], one));
  if (isObject(input) && isObject(planned))
    return Object.entries(planned).every(([name, value]) => isMadeOf(value, input[name]));
  return isDeepStrictEqual(planned, input);
}
