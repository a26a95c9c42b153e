import { StackError, stackOutputs } from "../stack/outputs";
import { examineBox } from "./box/examine";
import { thisBox } from "./box/this-box";
import { type Finding } from "./check";
import { examineCluster } from "./cluster/examine";
import { type Cluster, clusterOf } from "../stack/cluster";
import { exitCode, render } from "./render";

const USAGE = `usage: npm run doctor [-- [NODE] [--stack STACK] [--json]]

Looks at what this box and the cluster can have wrong, changes nothing, and says what to do. With NODE it looks at that
machine alone. Without --stack it is the stack that is selected. --json writes a list of {name, state, finding, remedy}.

Exit code: 0 no problem was found (warnings are none), 1 a problem was found, 2 it could not be looked at.
`;

class Misuse extends Error {}

interface Arguments {
  node?: string;
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
    else if (read.node !== undefined)
      throw new Misuse(`one machine at a time: ${read.node}, and then ${arg}`);
    else read.node = arg;
    if (read.stack === "") throw new Misuse("--stack needs the name of a stack");
  }
  return read;
}

/** The stack's cluster, and why it is not known where that is no fault: before the first `pulumi up`. */
function readCluster(stack: string | undefined): { cluster?: Cluster; error?: StackError } {
  try {
    return { cluster: clusterOf(stackOutputs(stack)) };
  } catch (error) {
    if (error instanceof StackError) return { error };
    throw error;
  }
}

async function look({ node, stack }: Arguments): Promise<Finding[]> {
  const { cluster, error } = readCluster(stack);
  if (node !== undefined) {
    if (!cluster)
      throw error ?? new StackError("there is no cluster yet; it is there once pulumi up is over");
    if (!Object.hasOwn(cluster.machines, node))
      throw new Misuse(`there is no machine ${node}; there are ${Object.keys(cluster.machines).join(", ")}`);
    return examineCluster(cluster, node);
  }
  const unread: Finding[] = error
    ? [
        {
          name: "stack",
          state: "unknown",
          finding: error.message,
          remedy: "pulumi stack select STACK; before the first `pulumi up`: pulumi stack init STACK.",
        },
      ]
    : [];
  return [
    ...unread,
    ...(await examineBox(thisBox(stack, cluster !== undefined))),
    ...(cluster ? await examineCluster(cluster) : []),
  ];
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    const given = readArguments(args);
    const findings = await look(given);
    process.stdout.write(given.json ? `${JSON.stringify(findings, undefined, 2)}\n` : render(findings));
    return exitCode(findings);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${error instanceof Misuse ? USAGE : ""}doctor: ${message}\n`);
    return 2;
  }
}

void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
