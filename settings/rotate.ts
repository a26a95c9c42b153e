import { type Section } from "./section";

/** Keys of the cluster that can be made anew, by their names in `kluster:rotate`. */
export const ROTATABLE = [
  "authorities",
  "serviceAccounts",
  "encryption",
  "administrator",
  "operator",
  "hosts",
  "wireguard",
] as const;
export type Rotatable = (typeof ROTATABLE)[number];

/** For each, a word of the user's: with another one the keys are made anew. Those that are left out stay what they are. */
export type Rotations = Partial<Record<Rotatable, string>>;

const KEY = "rotate";
const ALLOWED = "a number or a word, at most 64 letters, digits, and . - _";

/** Reads which keys are to be made anew, and reports what is wrong with that. */
export function readRotations(section: Section): Rotations {
  const table = section.table(KEY, `a table of words by what they make anew: ${ROTATABLE.join(", ")}`);
  if (!table) return {};
  table.onlyKnown(ROTATABLE);
  const rotations: Rotations = {};
  for (const what of ROTATABLE) {
    const written = table.raw(what);
    if (written === undefined) continue;
    const word = typeof written === "string" || typeof written === "number" ? String(written) : "";
    if (/^[A-Za-z0-9._-]{1,64}$/.test(word)) rotations[what] = word;
    else {
      const next = table.set(what, "1");
      table.refuse(what, { what: "not a word to tell one set of keys from another", allowed: ALLOWED, next });
    }
  }
  return rotations;
}
