import { Checked, Context } from "../resource";
import { Properties, UNKNOWN } from "../values";

/** Part of the inputs of what can be made anew. */
export interface GenerationInputs {
  /** A word of the user's (`kluster:rotate`): with another one there is another key. Absent: whichever there is. */
  generation?: string;
}

/** Whether what an update finds is to be made anew. */
export const isAnother = (before: GenerationInputs, inputs: GenerationInputs): boolean =>
  inputs.generation !== before.generation;

/**
 * The check of what can be made anew. A word that is taken back asks for nothing: the key that there is stays. And what
 * another one will cost is said before it is made, in the preview already.
 * @param cost sentence that says it
 */
export const checkGeneration =
  (cost?: string) =>
  async (
    inputs: Properties,
    { info }: Pick<Context, "info">,
    before?: GenerationInputs,
  ): Promise<Checked> => {
    const generation = inputs.generation ?? before?.generation;
    if (generation === undefined) return { inputs };
    if (cost && before && isAnother(before, { generation })) info(cost);
    return { inputs: { ...inputs, generation } };
  };

/** What the preview of an update knows of these outputs: nothing, where they are made anew. */
export const foreseeGeneration =
  <Name extends string>(...outputs: Name[]) =>
  (change: { before: GenerationInputs; inputs: GenerationInputs }): Partial<Record<Name, unknown>> =>
    isAnother(change.before, change.inputs)
      ? (Object.fromEntries(outputs.map((name) => [name, UNKNOWN])) as Partial<Record<Name, unknown>>)
      : {};
