import { GenerationInputs } from "../declarations/generation";
import { Checked, Context } from "../resource";
import { Properties, UNKNOWN } from "../values";

/** Whether what an update finds is to be made anew. */
export const isAnother = (before: GenerationInputs, inputs: GenerationInputs): boolean =>
  inputs.generation !== before.generation;

/**
 * What a state of before keys could be changed does not say: that this one has followed none. It is written down once, as a
 * change, since Pulumi's previews take what they do not find for unknown.
 */
export const lacksEarlier = (outputs: { earlier?: unknown }): string[] =>
  outputs.earlier === undefined ? ["earlier"] : [];

/** A word that is taken back asks for nothing: the key that there is stays. */
export async function keepGeneration(
  inputs: Properties,
  _context: unknown,
  before?: GenerationInputs,
): Promise<Checked> {
  const generation = (inputs as GenerationInputs).generation ?? before?.generation;
  return { inputs: generation === undefined ? inputs : { ...inputs, generation } };
}

/**
 * What the preview of an update knows of these outputs: nothing, where they are made anew.
 * @param cost what that means for the cluster, as a sentence; the preview says it
 */
export const foreseeGeneration =
  <Name extends string>(outputs: readonly Name[], cost?: string) =>
  (
    change: { outputs: object; before: GenerationInputs; inputs: GenerationInputs },
    context: Pick<Context, "info">,
  ): Partial<Record<Name, unknown>> => {
    if (!isAnother(change.before, change.inputs)) {
      const remembers = (outputs as readonly string[]).includes("earlier");
      const lacks = remembers && lacksEarlier(change.outputs).length > 0;
      return (lacks ? { earlier: [] } : {}) as Partial<Record<Name, unknown>>;
    }
    if (cost) context.info(cost);
    return Object.fromEntries(outputs.map((name) => [name, UNKNOWN])) as Partial<Record<Name, unknown>>;
  };
