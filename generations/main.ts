import { join } from "node:path";
import { type PastSystem } from "../provider/nixos/history";
import { Scripts } from "../provider/nixos/scripts";
import { withSession } from "../provider/ssh";
import { type Cluster, clusterOf, login, requireMachine } from "../stack/cluster";
import { command, oneMachine, readArguments } from "../stack/command";
import { StackError, stackOutputs } from "../stack/outputs";
import { stateOf } from "../stack/state";
import { type Generation, parseGenerations, renderGenerations } from "./list";

const USAGE = `usage: npm run generations [-- [HOST] [--stack STACK] [--json]]

Lists the systems that the machines have, or HOST alone, and changes nothing. To go back to one of them, name it in the
configuration by its hash, and let \`pulumi up\` do it:

  pulumi config set --path kluster:rollback.HOST HASH     (or: previous)
  pulumi preview && pulumi up
  pulumi config rm --path kluster:rollback.HOST           forward again

Without --stack it is the stack that is selected. --json writes an object of lists by host.

Exit code: 0 all were listed, 1 a machine could not be reached, 2 wrong arguments, or no cluster.
`;

const scripts = new Scripts(join(__dirname, "../scripts"));

/** @throws SshError, ScriptError */
async function generationsOn(cluster: Cluster, host: string, history: PastSystem[]): Promise<Generation[]> {
  return withSession(login(cluster, host), async (session) =>
    parseGenerations(await scripts.run(session, "generations.sh", []), history),
  );
}

/** @returns the exit code */
async function list(host: string | undefined, stack: string | undefined, json: boolean): Promise<number> {
  const cluster = clusterOf(stackOutputs(stack));
  if (!cluster) throw new StackError("there is no cluster yet; it is there once pulumi up is over");
  if (host !== undefined) requireMachine(cluster, host);
  const state = stateOf(stack);
  const hosts = host === undefined ? Object.keys(cluster.machines) : [host];
  const found = await Promise.all(
    hosts.map(async (name) => {
      const history = (state.find(`nixos:System::${name}`)?.outputs.history ?? []) as PastSystem[];
      return [name, await generationsOn(cluster, name, history).catch((error: Error) => error)] as const;
    }),
  );
  const reached = found.filter((entry): entry is [string, Generation[]] => Array.isArray(entry[1]));
  if (json) process.stdout.write(`${JSON.stringify(Object.fromEntries(reached), undefined, 2)}\n`);
  else process.stdout.write(reached.map(([name, systems]) => renderGenerations(name, systems)).join("\n"));
  for (const [name, systems] of found)
    if (systems instanceof Error) process.stderr.write(`generations: ${name}: ${systems.message}\n`);
  return reached.length === found.length ? 0 : 1;
}

command(
  "generations",
  USAGE,
  (args) => {
    const { words, options, flags } = readArguments(args, { options: ["stack"], flags: ["json"] });
    return list(oneMachine(words), options.stack, flags.has("json"));
  },
  2,
);
