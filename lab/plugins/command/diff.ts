import { isDeepStrictEqual } from "node:util";
import { DiffAnswer } from "../provider";
import { isObject, isSecret, Properties } from "../values";

type Details = NonNullable<DiffAnswer["detailedDiff"]>;

/** How inputs changed. Every one of them counts; that some ask for another resource is the SDK's to say. */
export function diffInputs(before: Properties, after: Properties): DiffAnswer {
  const detailedDiff: Details = {};
  const diffs = keysOf(before, after).filter((name) => {
    const details = compare(name, before[name], after[name]);
    Object.assign(detailedDiff, details);
    return Object.keys(details).length > 0;
  });
  return { changes: diffs.length ? "DIFF_SOME" : "DIFF_NONE", diffs, detailedDiff };
}

/** By path, as deep as both sides have members; of what is secret only that it changed. */
function compare(path: string, before: unknown, after: unknown): Details {
  if (before === undefined && after === undefined) return {};
  if (before === undefined) return { [path]: { kind: "ADD" } };
  if (after === undefined) return { [path]: { kind: "DELETE" } };
  if (Array.isArray(before) && Array.isArray(after))
    return Object.assign(
      {},
      ...Array.from({ length: Math.max(before.length, after.length) }, (_, place) =>
        compare(`${path}[${place}]`, before[place], after[place]),
      ),
    );
  if (isPlain(before) && isPlain(after))
    return Object.assign(
      {},
      ...keysOf(before, after).map((name) => compare(member(path, name), before[name], after[name])),
    );
  return isDeepStrictEqual(before, after) ? {} : { [path]: { kind: "UPDATE" } };
}

const isPlain = (value: unknown): value is Properties => isObject(value) && !isSecret(value);

const keysOf = (...objects: Properties[]) => [...new Set(objects.flatMap(Object.keys))].sort();

const member = (path: string, name: string) =>
  /^[\w-]+$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
