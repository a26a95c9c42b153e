import { isDeepStrictEqual } from "node:util";
import { Properties, UNKNOWN } from "../../values";
import { Field, Fields } from "../fields";

export interface FrameworkPlan {
  planned: Properties;
  /** Names of what makes it another object, sorted; none for one that is new. */
  replaces: string[];
}

/**
 * The state that an object is to have, as Terraform's plugin framework plans it: as soon as anything changes, all that
 * the API decides is {@link UNKNOWN}, but for what is settled.
 */
export function planFramework(fields: Fields, config: Properties, prior?: Properties): FrameworkPlan {
  const of = (value: (field: Field, name: string) => unknown): Properties =>
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, value(field, name)]));
  const given = (field: Field, name: string) => config[name] ?? field.default ?? null;
  const before = of((_, name) => prior?.[name] ?? null);

  const proposed = of((field, name) => given(field, name) ?? (field.computed ? before[name] : null));
  if (prior && isDeepStrictEqual(proposed, before)) return { planned: before, replaces: [] };

  const planned = of((field, name) => {
    const value = given(field, name);
    if (value !== null || !field.computed) return value;
    return prior && field.settled ? before[name] : UNKNOWN;
  });
  const replaces = Object.keys(fields).filter(
    (name) =>
      prior &&
      fields[name].forceNew &&
      !(planned[name] === UNKNOWN && config[name] === undefined) &&
      !isDeepStrictEqual(planned[name], before[name]),
  );
  return { planned, replaces: replaces.sort() };
}
