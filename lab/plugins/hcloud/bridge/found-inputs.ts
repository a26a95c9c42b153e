import { isObject, Properties } from "../../values";
import { Field, Fields, isInput, isZero } from "../fields";

/** Where the bridge keeps the names of inputs that it made up. A refresh leaves none of it. */
export const DEFAULTS = "__defaults";

/**
 * The inputs after a refresh: those that there were, with what was found. Nothing is added; what is gone goes. Of a set
 * of two or more, the inputs stay as they were, whatever was found.
 */
export function refreshedInputs(fields: Fields, inputs: Properties, found: Properties): Properties {
  const refreshed: Properties = {};
  for (const [name, input] of Object.entries(inputs)) {
    if (name === DEFAULTS || found[name] === undefined) continue;
    const value = refresh(fields[name], input, found[name]);
    const inOrder = fields[name]?.kind === "set" && Array.isArray(value) && value.length > 1;
    refreshed[name] = inOrder ? withoutDefaults(input) : value;
  }
  return refreshed;
}

function refresh(field: Field | undefined, input: unknown, found: unknown): unknown {
  if (Array.isArray(input) && Array.isArray(found)) {
    const fields = typeof field?.of === "object" ? field.of : undefined;
    return input
      .slice(0, found.length)
      .map((one, at) => (fields ? refreshObject(fields, one, found[at]) : field?.stored ? one : found[at]));
  }
  if (isObject(input) && isObject(found)) return refreshObject({}, input, found);
  return field?.stored ? input : found;
}

const refreshObject = (fields: Fields, input: Properties, found: any): Properties =>
  Object.fromEntries(
    Object.entries(input)
      .filter(([name]) => name !== DEFAULTS && found[name] !== undefined)
      .map(([name, value]) => [name, refresh(fields[name], value, found[name])]),
  );

/** The inputs of an object that is imported: all that a program would have to say of it. */
export function importedInputs(fields: Fields, found: Properties): Properties {
  const inputs: Properties = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = imported(field, found[name]);
    if (isInput(field) && value !== undefined && (field.required || !isDefault(field, value)))
      inputs[name] = value;
  }
  return inputs;
}

const imported = (field: Field, value: unknown): unknown =>
  Array.isArray(value) && typeof field.of === "object"
    ? value.map((one) => importedInputs(field.of as Fields, one))
    : value;

const isDefault = (field: Field, value: unknown): boolean =>
  isZero(field.default) ? isZero(value) : value === field.default || value === null;

const withoutDefaults = (value: any): any => {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([name]) => name !== DEFAULTS);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutDefaults(member)]));
};
