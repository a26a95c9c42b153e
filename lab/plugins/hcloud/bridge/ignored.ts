import { Properties } from "../../values";

/**
 * Takes from another set of properties what the program wants no changes of.
 * @param ignoreChanges property paths; the lab's stand-in knows whole properties only
 */
export function withIgnored(
  properties: Properties,
  others: Properties,
  ignoreChanges: readonly string[],
): Properties {
  const result = { ...properties };
  for (const path of ignoreChanges) {
    if (!/^\w+$/.test(path))
      throw new Error(
        `ignoreChanges of "${path}": the lab's stand-in of the hcloud plugin takes whole properties only`,
      );
    result[path] = others[path];
  }
  return result;
}
