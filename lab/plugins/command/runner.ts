import type { Properties } from "../values";
import type { Printed } from "./output";

/** Something to run on behalf of a resource, and where to. */
export interface Task {
  command: string;
  /** The resource's inputs, secrets revealed. */
  inputs: Properties;
  /** What the create or update before has printed. */
  previous: Printed;
  /** Aborted when the call is, or its time is up. */
  signal: AbortSignal;
  /** Shows a line until the next. */
  status(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** @throws what the official plugin's call fails with */
export type Runner = (task: Task) => Promise<Printed>;

/** Earlier output as the environment of the next run; nothing where it is empty or not wished for. */
export function previousOutput({ inputs, previous }: Task): Record<string, string> {
  if (inputs.addPreviousOutputInEnv === false) return {};
  return Object.fromEntries(
    Object.entries({ PULUMI_COMMAND_STDOUT: previous.stdout, PULUMI_COMMAND_STDERR: previous.stderr }).filter(
      ([, value]) => value,
    ),
  );
}
