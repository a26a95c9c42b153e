import { Checked, Context } from "../../provider";
import { isObject, Properties, UNKNOWN } from "../../values";
import { Field, Fields, isInput, Scalar, terraformName } from "../fields";
import { DEFAULTS } from "./found-inputs";
import { pathOf } from "./paths";

/** What is looked at beyond the fields one by one. @returns what is wrong */
export type CheckTogether = (inputs: Properties) => string | undefined;

/** How inputs are checked. */
export interface CheckRules {
  fields: Fields;
  together?: CheckTogether;
  /** The bridge over Terraform's SDK puts into each object which of its members are defaults. None ever are here. */
  notesDefaults: boolean;
}

/**
 * Checks inputs as the bridge does: their names, what is missing, and what the provider's validators say. What only
 * `pulumi up` will know is left alone.
 */
export function checkInputs(rules: CheckRules, news: Properties, { name, type }: Context): Checked {
  const failures: { property: string; reason: string }[] = [];
  const at = (steps: (string | number)[], reason: string) => {
    const path = pathOf(steps);
    failures.push({ property: path, reason: `${reason}. Examine values at '${name}.${path}'.` });
  };

  const object = (fields: Fields, inputs: Properties, steps: (string | number)[]): void => {
    for (const [key, field] of Object.entries(fields)) {
      const here = [...steps, key];
      const value = inputs[key] ?? undefined;
      if (value !== undefined) member(field, value, key, here);
      else if (field.autonamed)
        at(here, "The lab's stand-in of the hcloud plugin makes no names up: give one");
      else if (field.required) at(here, missing(key, field));
    }
    for (const key of Object.keys(inputs))
      if (key !== DEFAULTS && !(fields[key] && isInput(fields[key])))
        at([...steps, key], "Invalid or unknown key");
  };

  const member = (field: Field, value: any, key: string, steps: (string | number)[]): void => {
    if (value === UNKNOWN) return;
    const { refused } = field;
    if (refused && !("only" in refused && refused.only === value))
      return at(
        steps,
        `${terraformName(key, field)} of ${type} is not in the lab's stand-in of the hcloud plugin`,
      );
    const wrong = wrongType(field, value);
    if (wrong) return at(steps, wrong);
    if (field.kind !== "list" && field.kind !== "set") return judge(field, value, steps);
    (value as unknown[]).forEach((element, place) => {
      if (typeof field.of === "object") object(field.of, element as Properties, [...steps, place]);
      else judge(field, element, [...steps, place]);
    });
  };

  const judge = ({ check }: Field, value: unknown, steps: (string | number)[]) => {
    const wrong = value === UNKNOWN ? undefined : check?.(value);
    if (wrong) at(steps, wrong);
  };

  object(rules.fields, news, []);
  const wrong = rules.together?.(news);
  if (wrong) failures.push({ property: "", reason: wrong });
  return { inputs: rules.notesDefaults ? noteDefaults(rules.fields, news) : news, failures };
}

const missing = (key: string, field: Field) =>
  `Missing required argument. The argument "${terraformName(key, field)}" is required, but no definition was found.`;

/** The bridge turns some types into others; here a value must have the type that is documented. */
function wrongType(field: Field, value: any): string | undefined {
  const { kind, of } = field;
  const isA = (scalar: Scalar, one: unknown) => one === UNKNOWN || typeof one === scalar;
  const right =
    kind === "map"
      ? isObject(value) && Object.values(value).every((one) => isA("string", one))
      : kind === "list" || kind === "set"
        ? Array.isArray(value) &&
          value.every((one) => (typeof of === "object" ? isObject(one) : isA(of!, one)))
        : isA(kind, value);
  if (right) return undefined;
  const wanted = kind === "map" ? "map of strings" : kind === "list" || kind === "set" ? "list" : kind;
  return `The lab's stand-in of the hcloud plugin takes a ${wanted} here, and converts nothing`;
}

const noteDefaults = (fields: Fields, inputs: Properties): Properties => ({
  [DEFAULTS]: [],
  ...Object.fromEntries(
    Object.entries(inputs)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => {
        const of = fields[key]?.of;
        if (typeof of !== "object" || !Array.isArray(value)) return [key, value];
        return [key, value.map((one) => (isObject(one) ? noteDefaults(of, one) : one))];
      }),
  ),
});
