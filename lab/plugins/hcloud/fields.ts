/** What is known of an input or output, in the words of Terraform's schemas, under its Pulumi name. */
export interface Field {
  kind: Scalar | "map" | "list" | "set";
  /** Of a list or set: a scalar, or the fields of its objects. Maps are of strings. */
  of?: Scalar | Fields;
  /** Terraform's name, where it is not the Pulumi name in snake case. */
  terraform?: string;
  required?: true;
  /** The official plugin makes one up where the program gives none; the lab's stand-in refuses. */
  autonamed?: true;
  optional?: true;
  /** The API decides; with `optional`, only where the program does not. */
  computed?: true;
  default?: unknown;
  /** Another value is another object. */
  forceNew?: true;
  /** Framework: it stays what it is when something else changes (UseStateForUnknown). */
  settled?: true;
  /** What the program leaves out stays as it is (the provider's DiffSuppressFunc). */
  sticky?: true;
  /** What the state holds instead of the input, or of each element (StateFunc). A refresh leaves such inputs alone. */
  stored?(input: string): string;
  /** @returns what is wrong with an input, or with an element of a list or set */
  check?(value: any): string | undefined;
  /** In the official plugin, but not in this one; `only` is the value that is taken nonetheless. */
  refused?: { only?: unknown };
}

export type Scalar = "string" | "number" | "boolean";
export type Fields = Record<string, Field>;

export const terraformName = (name: string, field?: Field): string =>
  field?.terraform ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Whether a program may set it. */
export const isInput = (field: Field): boolean => Boolean(field.required || field.optional);

/** Terraform's blocks are never absent, only empty. */
export const isBlock = ({ kind, of }: Field): boolean =>
  (kind === "set" || kind === "list") && typeof of === "object";

/** What Terraform's SDK does not tell from absent. */
export const isZero = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  value === 0 ||
  value === false ||
  (typeof value === "object" && Object.keys(value).length === 0);

/** What Terraform's SDK puts into an object of a set where nothing was given. */
export function zeroOf({ kind }: Field): unknown {
  if (kind === "string") return "";
  if (kind === "number") return 0;
  if (kind === "boolean") return false;
  return kind === "map" ? {} : [];
}
