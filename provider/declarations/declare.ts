/**
 * A kind of resource, as both sides know it: the program, which asks for one (provider/sdk.ts), and the provider, which
 * makes it (provider/resources/). What one side renames or leaves out is a type error on the other.
 */
export interface Declaration<
  Inputs extends object,
  Outputs extends object = object,
  Args extends Inputs = Inputs,
> {
  /** Pulumi's type token. */
  readonly type: string;
  /** Properties that only creation reveals; unknown in the preview of a creation. */
  readonly outputs: readonly string[];
  /** Outputs and inputs that are encrypted in state and masked everywhere. */
  readonly secrets: readonly string[];
  /** Never there: what the type checker compares. */
  readonly types?: { inputs: Inputs; outputs: Outputs; args: Args };
}

type Name<Properties> = keyof Properties & string;

/** Each output, and whether it is a secret: none can be forgotten. */
type Secrecy<Outputs> = { readonly [Output in Name<Outputs>]-?: "plain" | "secret" };

/**
 * Declares a kind of resource.
 *
 * - `Inputs`: what the provider works with: what the program gives, and what a check fills in.
 * - `Outputs`: what the provider reveals.
 * - `Args`: what the program gives, where that is not just `Inputs`.
 */
export function declare<
  Inputs extends object,
  Outputs extends object = object,
  Args extends Inputs = Inputs,
>(declared: {
  type: string;
  outputs: Secrecy<Outputs>;
  /** Inputs that are secrets. */
  secretInputs: readonly Name<Inputs>[];
}): Declaration<Inputs, Outputs, Args> {
  const { type, outputs, secretInputs } = declared;
  const names = Object.keys(outputs) as Name<Outputs>[];
  const secretOutputs = names.filter((name) => outputs[name] === "secret");
  return { type, outputs: names, secrets: [...secretOutputs, ...secretInputs] };
}

/** Inputs as states have them: those of earlier versions lack the named ones. */
export type OptionalInOldStates<Inputs, Names extends keyof Inputs> = Omit<Inputs, Names> &
  Partial<Pick<Inputs, Names>>;
