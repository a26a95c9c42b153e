import { reworded } from "./deadline";
import { dial } from "./dial";
import { goQuote } from "./go-text";
import { Output } from "./output";
import { previousOutput, Runner } from "./runner";
import { Session } from "./session";

/** Runs a command on another machine. Once it runs there, neither a timeout nor a cancellation reaches it. */
export const runRemotely: Runner = async (task) => {
  const { command, inputs } = task;
  const client = await dial(inputs.connection, task.signal, task.status);
  try {
    const session = await Session.open(client);
    for (const [name, value] of Object.entries<string>(inputs.environment ?? {}))
      await session.setenv(name, value).catch((error: Error) => {
        task.error(refusal(name));
        throw new Error(`could not set environment variable ${goQuote(name)}: ${error.message}`);
      });
    for (const [name, value] of Object.entries(previousOutput(task)))
      await session.setenv(name, value).catch(() => task.warn(refusal(name)));

    const output = new Output(inputs.logging, task.status);
    await session
      .run(command, inputs.stdin ?? "", (stream, data) => output.add(stream, data))
      .catch((error) => {
        throw reworded(error, (message) => `${message}: running ${goQuote(command)}:\n${output.both()}`);
      });
    return output.finish();
  } finally {
    client.end();
  }
};

const refusal = (name: string) =>
  `Unable to set '${name}'. This only works if your SSH server is configured to accept
	these variables via AcceptEnv. Alternatively, if a Bash-like shell runs the command on the remote host, you could
	prefix the command itself with the variables in the form 'VAR=value command'`;
