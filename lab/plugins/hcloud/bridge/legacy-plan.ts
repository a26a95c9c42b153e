import { isObject, Properties, UNKNOWN } from "../../values";
import { Field, Fields, isBlock, isZero, zeroOf } from "../fields";
import { inSetOrder } from "./sets";

/**
 * The state that an object is to have, as Terraform's SDK plans it. What only the API knows is {@link UNKNOWN} for an
 * object that is new, and stays what it was for one that is there.
 * @param config the inputs, without what a change is to be ignored of
 */
export function planLegacy(fields: Fields, config: Properties, prior?: Properties): Properties {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, plan(field, config[name], prior?.[name], !prior)]),
  );
}

function plan(field: Field, input: unknown, prior: unknown, isNew: boolean): unknown {
  const given = input !== undefined && input !== null && (field.required || field.optional);
  if (given) return keepEqual(field, planned(field, input), prior);
  if (field.computed) return isNew ? UNKNOWN : (prior ?? null);
  if (field.default !== undefined) return field.default;
  if (!isNew && (field.sticky || isZero(prior))) return prior ?? null;
  return isBlock(field) ? [] : null;
}

/** An input as it would be in the state. */
function planned(field: Field, input: any): unknown {
  if (input === UNKNOWN) return UNKNOWN;
  const stored = (value: unknown) =>
    field.stored && typeof value === "string" && value !== UNKNOWN ? field.stored(value) : value;
  if (field.kind !== "list" && field.kind !== "set") return stored(input);
  const { of } = field;
  const elements = input.map(typeof of === "object" ? (one: unknown) => element(of, one) : stored);
  return field.kind === "set" ? inSetOrder(elements) : elements;
}

/** An object of a set: the SDK leaves nothing of it out. */
function element(fields: Fields, input: unknown): unknown {
  if (!isObject(input)) return input;
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      input[name] === undefined || input[name] === null
        ? (field.default ?? zeroOf(field))
        : planned(field, input[name]),
    ]),
  );
}

/** The SDK takes what it cannot tell from absent for no change, and white space around hashes, too. */
const keepEqual = (field: Field, value: unknown, prior: unknown): unknown => {
  if (prior !== undefined && isZero(value) && isZero(prior)) return prior;
  if (field.stored && typeof value === "string" && typeof prior === "string" && value.trim() === prior.trim())
    return prior;
  return value;
};
