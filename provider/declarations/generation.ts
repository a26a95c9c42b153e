/** Part of the inputs of what can be made anew. */
export interface GenerationInputs {
  /** A word of the user's (`kluster:rotate`): with another one there is another key. Absent: whichever there is. */
  generation?: string;
}
