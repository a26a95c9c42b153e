import { join } from "node:path";
import { type Cluster, clusterOf, login } from "../stack/cluster";
import { type PastSystem } from "../provider/nixos/history";
import { Scripts } from "../provider/nixos/scripts";
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

class Misuse extends Error {}

interface Arguments {
  host?: string;
  stack?: string;
  json: boolean;
}

/** @throws Misuse */
function readArguments(args: readonly string[]): Arguments {
  const read: Arguments = { json: false };
  for (let index = 0; index < args.length; index++) {
    const arg = args[index];
    if (arg === "--json") read.json = true;
    else if (arg === "--stack" || arg === "-s") read.stack = args[++index] ?? "";
    else if (arg.startsWith("--stack=")) read.stack = arg.slice("--stack=".length);
    else if (arg.startsWith("-")) throw new Misuse(`unknown argument ${arg}`);
    else if (read.host !== undefined)
      throw new Misuse(`one machine at a time: ${read.host}, and then ${arg}`);
    else read.host = arg;
    if (read.stack === "") throw new Misuse("--stack needs the name of a stack");
  }
  return read;
}

const scripts = new Scripts(join(__dirname, "../scripts"));

/** @throws SshError, ScriptError */
async function generationsOn(cluster: Cluster, host: string, history: PastSystem[]): Promise<Generation[]> {
  const session = await login(cluster, host);
  try {
    return parseGenerations(await scripts.run(session, "generations.sh", []), history);
  } finally {
    session.close();
  }
}

async function list({ host, stack, json }: Arguments): Promise<number> {
  const cluster = clusterOf(stackOutputs(stack));
  if (!cluster) throw new StackError("there is no cluster yet; it is there once pulumi up is over");
  if (host !== undefined && !Object.hasOwn(cluster.machines, host))
    throw new Misuse(`there is no machine ${host}; there are ${Object.keys(cluster.machines).join(", ")}`);
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

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    return await list(readArguments(args));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${error instanceof Misuse ? USAGE : ""}generations: ${message}\n`);
    return 2;
  }
}

void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
