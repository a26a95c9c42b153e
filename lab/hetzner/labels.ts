import { invalidInput } from "./api-error";
import { Labels } from "./state";

const NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** Labels of a request's body; undefined where it names none. @throws ApiError invalid_input */
export function labelsIn(body: Record<string, unknown>): Labels | undefined {
  const labels = body.labels;
  if (labels === undefined || labels === null) return undefined;
  if (typeof labels !== "object" || Array.isArray(labels))
    throw invalidInput({ labels: "must be an object of strings" });
  for (const [key, value] of Object.entries(labels)) {
    if (key.startsWith("hetzner.cloud/"))
      throw invalidInput({
        labels: `'${key}' is not a valid label key: the prefix hetzner.cloud/ is reserved`,
      });
    if (!isKey(key)) throw invalidInput({ labels: `'${key}' is not a valid label key` });
    if (typeof value !== "string" || (value !== "" && !NAME.test(value)))
      throw invalidInput({ labels: `'${String(value)}' is not a valid label value` });
  }
  return { ...(labels as Labels) };
}

function isKey(key: string): boolean {
  const [name, prefix, ...rest] = key.split("/").reverse();
  return rest.length === 0 && NAME.test(name) && (prefix === undefined || PREFIX.test(prefix));
}

type Term = (labels: Labels) => boolean;

/** Reads a label selector: `a`, `!a`, `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, joined by commas. */
export function parseSelector(selector: string): Term {
  // A comma inside parentheses joins values, not terms.
  const terms = selector.split(/,(?![^(]*\))/).map((text) => parseTerm(text.trim(), selector));
  return (labels) => terms.every((term) => term(labels));
}

function parseTerm(text: string, selector: string): Term {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(text);
  if (set && isKey(set[1])) {
    const values = set[3].split(",").map((value) => value.trim());
    const wanted = set[2] === "in";
    return (labels) => (set[1] in labels && values.includes(labels[set[1]])) === wanted;
  }
  const pair = /^([^\s!=]+)\s*(==|=|!=)\s*([A-Za-z0-9._-]*)$/.exec(text);
  if (pair && isKey(pair[1])) return (labels) => (labels[pair[1]] === pair[3]) === (pair[2] !== "!=");
  const presence = /^(!?)(\S+)$/.exec(text);
  if (presence && isKey(presence[2])) return (labels) => presence[2] in labels === (presence[1] === "");
  throw invalidInput({ label_selector: `'${selector}' is not a valid label selector` });
}
