import { randomBytes } from "node:crypto";
import { Checked, Context, ResourceType } from "../provider";
import { Properties, reveal, UNKNOWN } from "../values";
import { deadline } from "./deadline";
import { diffInputs } from "./diff";
import { Printed } from "./output";
import { Runner } from "./runner";

/** A Command resource, wherever its commands run. */
export function commandResource(check: (news: Properties) => Checked, run: Runner): ResourceType {
  const runFor = (
    command: string,
    inputs: Properties,
    previous: Printed,
    timeout: number | undefined,
    context: Context,
  ) =>
    run({
      command,
      inputs: reveal(inputs),
      previous,
      signal: deadline(context.signal, timeout),
      status: (message) => context.log("info", message, true),
      warn: (message) => context.log("warning", message),
      error: (message) => context.log("error", message),
    });

  return {
    check: async ({ news }) => check(news),
    diff: async ({ oldInputs, news }) => diffInputs(oldInputs, news),

    async create({ inputs, preview, timeout }, context) {
      const id = `${context.name}${randomBytes(4).toString("hex")}`;
      if (preview) return { id, properties: { ...inputs, ...UNKNOWN_OUTPUT } };
      const command = reveal(inputs.create);
      const printed =
        command === undefined ? NOTHING : await runFor(command, inputs, NOTHING, timeout, context);
      return { id, properties: { ...inputs, ...printed } };
    },

    // Nobody looks whether what a command did is still there.
    read: async ({ id, inputs, properties }) => ({ id, inputs, properties }),

    async update({ olds, news, preview, timeout }, context) {
      if (preview) return { ...news, ...UNKNOWN_OUTPUT };
      const command = reveal(news.update ?? news.create);
      const { stdout = "", stderr = "" } = olds;
      const printed =
        command === undefined
          ? { stdout, stderr }
          : await runFor(command, news, reveal({ stdout, stderr }), timeout, context);
      return { ...news, ...printed };
    },

    /** With what the state says, not the program: it may have a new connection already. */
    async delete({ properties, timeout }, context) {
      const command = reveal(properties.delete);
      if (command === undefined) return;
      const { stdout = "", stderr = "", ...inputs } = properties;
      await runFor(command, inputs, reveal({ stdout, stderr }), timeout, context);
    },
  };
}

const NOTHING: Printed = { stdout: "", stderr: "" };
const UNKNOWN_OUTPUT: Printed = { stdout: UNKNOWN, stderr: UNKNOWN };
