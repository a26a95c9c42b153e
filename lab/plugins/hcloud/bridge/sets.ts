import { isObject } from "../../values";

/**
 * What makes an element of a set the one it is, in the form by which Terraform orders sets: strings by their text,
 * numbers by their value, objects by all that is in them, in the order of its names.
 */
export function setKey(value: unknown): string {
  if (value === null || value === undefined) return "~;";
  if (typeof value === "boolean") return value ? "T;" : "F;";
  if (typeof value === "number") return `${value};`;
  if (typeof value === "string") return `${JSON.stringify(value)};`;
  if (Array.isArray(value)) return `[${value.map(setKey).join("")}]`;
  if (!isObject(value)) return `${value};`;
  const members = Object.keys(value).sort();
  return `<${members.map((name) => setKey(value[name])).join("")}>`;
}

/** The elements of a set, each once, in Terraform's order. */
export function inSetOrder<T>(elements: readonly T[]): T[] {
  const all = new Map(elements.map((element) => [setKey(element), element]));
  if (elements.every((element) => typeof element === "number"))
    return [...all.values()].sort((a, b) => (a as number) - (b as number));
  return [...all].sort(([a], [b]) => (a < b ? -1 : Number(a > b))).map(([, element]) => element);
}
