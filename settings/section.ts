import { type Proposal } from "./advice";
import { foreignKey } from "./foreign-words";
import { type Limits } from "./limits";
import { readings } from "./octal";
import { type Problem, type Problems, show } from "./problems";
import { suggestion } from "./suggestion";

/** What a key may be given: text, a number, true or false, a list of texts. */
export type Value = string | number | boolean | readonly string[];

/** A place that settings are written in, and how to speak of it to the user. */
export interface Source {
  /** As the user knows it: "hosts.toml". */
  file: string;
  /** Numbers, lists and tables may come as text: `pulumi config set` makes text of everything. */
  textual: boolean;
  /** How a number is written there that its format reads by eights. */
  octal?(path: readonly string[]): string | undefined;
  /** How a key is written there. */
  name(path: readonly string[]): string;
  /** What to do to give a key a value: a command, or an act in the imperative; no full stop, it may be copied. */
  set(path: readonly string[], value: Value): string;
  /** What to do to take a key out, likewise. */
  remove(path: readonly string[]): string;
}

/** Keys and values, as a TOML table or a YAML mapping holds them. */
export type Table = Record<string, unknown>;

export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/**
 * One table of a source. Reads typed values; where a value is not of its type it reports that and gives nothing, as it
 * does for a key that is not there.
 */
export class Section {
  constructor(
    readonly source: Source,
    readonly path: readonly string[],
    private readonly values: Table,
    private readonly problems: Problems,
  ) {}

  /** The names of all keys there are, known or not. */
  get keys(): string[] {
    return Object.keys(this.values);
  }

  has(key: string): boolean {
    return this.raw(key) !== undefined;
  }

  raw(key: string): unknown {
    return Object.hasOwn(this.values, key) ? this.values[key] : undefined;
  }

  /** Reports a problem with the value of a key; `value` where it is not the written one. */
  refuse(
    key: string,
    reason: { what: string; allowed: string; next?: string | Proposal; value?: unknown },
  ): void {
    const value = "value" in reason ? reason.value : this.raw(key);
    this.problems.add({
      file: this.source.file,
      key: this.nameOf(key),
      value: value === undefined ? undefined : show(value),
      what: reason.what,
      allowed: reason.allowed,
      next: reason.next ?? "correct the value",
    });
  }

  /** Reports a problem with the table as a whole. */
  refuseWhole(problem: Pick<Problem, "value" | "what" | "allowed" | "next">): void {
    const key = this.path.length ? this.source.name(this.path) : undefined;
    this.problems.add({ file: this.source.file, key, ...problem });
  }

  nameOf(key: string): string {
    return this.source.name([...this.path, key]);
  }

  set(key: string, value: Value): string {
    return this.source.set([...this.path, key], value);
  }

  /**
   * Advice to give a key another value.
   * @param values the best first; the first that passes every check is advised
   * @param otherwise advice where none does; no command, since each would lead to the next mistake
   * @param say makes the advice of the command that gives the value
   */
  propose(
    key: string,
    values: readonly Value[],
    otherwise = "correct the value",
    say: Proposal["say"] = (command) => command,
  ): Proposal {
    const change = (value: Value) => ({ source: this.source, path: [...this.path, key], value });
    return { values, change, say, otherwise };
  }

  /** Advice to give a key the value that its wrong one looks like. */
  proposeMeant(key: string, meant: string): Proposal {
    const question = `did you mean "${meant}"?`;
    return this.propose(key, [meant], question, (command) => `${question} ${command}`);
  }

  /** Advice about a key that cannot be there. @param meant the one that it looks like */
  renameOrRemove(key: string, meant: string | undefined): string {
    const remove = this.remove(key);
    return meant ? `did you mean "${meant}"? Rename it, or take it out: ${remove}` : remove;
  }

  remove(key: string): string {
    return this.source.remove([...this.path, key]);
  }

  /**
   * Reports every key that is not among `known`. Their values are not shown: nobody knows what they are, and one may
   * be a secret that was put into the configuration under a wrong name.
   * @param elsewhere keys that are passed over: somebody else reports them
   */
  onlyKnown(known: readonly string[], elsewhere: readonly string[] = []): void {
    for (const key of this.keys) {
      if (known.includes(key) || elsewhere.includes(key)) continue;
      const meant = foreignKey(key, known) ?? suggestion(key, known);
      this.refuse(key, {
        value: undefined,
        what: "there is no such key",
        allowed: known.join(", "),
        next: this.renameOrRemove(key, meant),
      });
    }
  }

  /** @param example shown as what would be right */
  text(key: string, allowed: string, example: string): string | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (typeof value === "string" && value !== "") return value;
    const what = value === "" ? "empty" : "not text";
    this.refuse(key, { what, allowed, next: this.propose(key, [example]) });
    return undefined;
  }

  /** A whole number within `limits`. */
  integer(key: string, limits: Limits, example: number): number | undefined {
    const written = this.raw(key);
    if (written === undefined) return undefined;
    const unit = limits.unit ? ` ${limits.unit}` : "";
    const allowed = `a whole number from ${limits.min} to ${limits.max}${unit}`;
    const refuse = (what: string, ...right: number[]) =>
      this.refuse(key, { what, allowed, next: this.propose(key, right) });
    const value =
      this.source.textual && typeof written === "string" && /^-?[0-9]+$/.test(written)
        ? Number(written)
        : written;
    // TOML's reader wraps such a number around: what it shows is not what was written.
    if (typeof value === "bigint") {
      return void this.refuse(key, {
        value: undefined,
        what: "too many digits",
        allowed,
        next: this.propose(key, [example]),
      });
    }
    if (typeof value !== "number" || !Number.isInteger(value)) {
      const meant = typeof value === "string" ? intended(value) : undefined;
      return void refuse(
        meant === undefined || this.source.textual ? "not a whole number" : "text instead of a number",
        ...(meant === undefined ? [] : [meant]),
        example,
      );
    }
    const octal = this.source.octal?.([...this.path, key]);
    if (octal !== undefined && readings(octal).read === value) {
      const { read, meant } = readings(octal);
      return void this.refuse(key, {
        value: undefined,
        what: `${octal} begins with 0, so YAML reads it by eights: as ${read}`,
        allowed,
        next: this.propose(key, [meant, example]),
      });
    }
    if (value < limits.min) return void refuse(`too little: ${limits.because}`, example);
    if (value > limits.max) return void refuse("too much", example);
    return value;
  }

  /** One of a few words; `preset` where the key is not there. */
  choice<T extends string>(key: string, choices: readonly T[], preset: T): T | undefined {
    if (!this.has(key)) return preset;
    const written = this.text(key, choices.join(" or "), preset);
    const choice = choices.find((one) => one === written);
    if (written !== undefined && choice === undefined) {
      const meant = suggestion(written, choices);
      this.refuse(key, {
        what: "there is no such choice",
        allowed: choices.join(" or "),
        next: meant
          ? this.proposeMeant(key, meant)
          : this.propose(key, [preset, ...choices.filter((one) => one !== preset)]),
      });
    }
    return choice;
  }

  /** true or false. */
  flag(key: string, example: boolean): boolean | undefined {
    const written = this.raw(key);
    if (written === undefined || typeof written === "boolean") return written;
    if (this.source.textual && (written === "true" || written === "false")) return written === "true";
    const meant = typeof written === "string" ? MEANT_FLAGS.get(written.toLowerCase()) : undefined;
    this.refuse(key, {
      what: "neither true nor false",
      allowed: "true or false",
      next: this.propose(key, [meant ?? example, true, false]),
    });
    return undefined;
  }

  /**
   * A list of texts.
   * @param alternatives other right ones, for where `example` does not fit the rest of the settings
   */
  texts(
    key: string,
    example: readonly string[],
    alternatives: readonly (readonly string[])[] = [],
  ): string[] | undefined {
    const value = this.structured(key);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === "string" && item !== ""))
      return value as string[];
    this.refuse(key, {
      what: "not a list of texts",
      allowed: `a list of texts, such as ${JSON.stringify(example)}`,
      next: this.propose(key, [example, ...alternatives]),
    });
    return undefined;
  }

  /** @param allowed what the table holds, in words */
  table(key: string, allowed: string): Section | undefined {
    const value = this.structured(key);
    if (value === undefined) return undefined;
    if (isTable(value)) return new Section(this.source, [...this.path, key], value, this.problems);
    this.refuse(key, { what: "not a table", allowed, next: "write a table there instead of the value" });
    return undefined;
  }

  /** Pulumi hands a structured value over as JSON text when all of the configuration is asked for at once. */
  structured(key: string): unknown {
    const value = this.raw(key);
    if (!this.source.textual || typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
    try {
      return JSON.parse(value);
    } catch {
      return value; // it is refused for what it is: text
    }
  }
}

/** What other languages write for true and false. */
const MEANT_FLAGS = new Map<string, boolean>([
  ...["true", "yes", "on", "1"].map((word) => [word, true] as const),
  ...["false", "no", "off", "0"].map((word) => [word, false] as const),
]);

/** The number that someone meant who wrote "2048", or "2 GB" for 2048 MB; undefined where it is not plain. */
function intended(text: string): number | undefined {
  const parts = /^\s*([0-9]+)\s*(|m|mb|mib|g|gb|gib)\s*$/i.exec(text);
  if (!parts) return undefined;
  return Number(parts[1]) * (/^g/i.test(parts[2]) ? 1024 : 1);
}
