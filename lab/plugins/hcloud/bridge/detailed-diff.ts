import { isDeepStrictEqual } from "node:util";
import { DiffKind } from "../../provider";
import { isObject, Properties, UNKNOWN } from "../../values";
import { Field, Fields } from "../fields";
import { listChanges } from "./list-changes";
import { pathOf } from "./paths";
import { setChanges } from "./set-changes";

export type DetailedDiff = Record<string, { kind: DiffKind }>;

type Steps = readonly (string | number)[];
type Shape = Field | Fields | undefined;

/**
 * What a plan changes, by property path, as Pulumi's bridge tells it: maps by key, lists by their shortest edit, sets by
 * what is gone and what is new, at the places of the inputs.
 * @param inputs the program's, in whose order the elements of sets are shown
 */
export function detailedDiff(
  fields: Fields,
  prior: Properties,
  planned: Properties,
  inputs: Properties,
): DetailedDiff {
  const found: DetailedDiff = {};
  for (const [name, field] of Object.entries(fields)) {
    const note = (steps: Steps, kind: "ADD" | "DELETE" | "UPDATE") => {
      found[pathOf(steps)] = { kind: field.forceNew ? `${kind}_REPLACE` : kind };
    };
    compare([name], field, prior[name], planned[name], inputs[name], note);
  }
  return found;
}

function compare(
  steps: Steps,
  shape: Shape,
  old: unknown,
  wanted: unknown,
  input: unknown,
  note: (steps: Steps, kind: "ADD" | "DELETE" | "UPDATE") => void,
): void {
  const [was, is] = [old ?? null, wanted ?? null];
  if (isDeepStrictEqual(was, is)) return;
  if (was === null) return note(steps, "ADD");
  if (is === null) return note(steps, "DELETE");
  if (is === UNKNOWN) return note(steps, "UPDATE");

  const element = elementOf(shape);
  if (Array.isArray(was) && Array.isArray(is)) {
    if (kindOf(shape) === "set") {
      const changes = setChanges(was, is, input);
      if (!changes) return note(steps, "UPDATE"); // nobody knows which of the inputs is which
      for (const { at, old: before, wanted: after } of changes)
        compare([...steps, at], element, before, after, Array.isArray(input) ? input[at] : undefined, note);
      return;
    }
    for (const { at, kind } of listChanges(was, is)) note([...steps, at], kind);
    return;
  }
  if (isObject(was) && isObject(is)) {
    for (const name of new Set([...Object.keys(was), ...Object.keys(is)])) {
      const inner = isObject(input) ? input[name] : undefined;
      compare([...steps, name], memberOf(shape, name), was[name], is[name], inner, note);
    }
    return;
  }
  note(steps, "UPDATE");
}

const isField = (shape: Shape): shape is Field => typeof shape?.kind === "string";
const kindOf = (shape: Shape) => (isField(shape) ? shape.kind : undefined);
const elementOf = (shape: Shape): Shape =>
  isField(shape) && typeof shape.of === "object" ? shape.of : undefined;
const memberOf = (shape: Shape, name: string): Shape => (shape && !isField(shape) ? shape[name] : undefined);
