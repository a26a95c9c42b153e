import { type Cluster, clusterOf, requireMachine } from "../stack/cluster";
import { command, oneMachine, readArguments } from "../stack/command";
import { StackError, stackOutputs } from "../stack/outputs";
import { examineBox } from "./box/examine";
import { thisBox } from "./box/this-box";
import { type Finding } from "./check";
import { examineCluster } from "./cluster/examine";
import { exitCode, render } from "./render";

const USAGE = `usage: npm run doctor [-- [NODE] [--stack STACK] [--json]]

Looks at what this box and the cluster can have wrong, changes nothing, and says what to do. With NODE it looks at that
machine alone. Without --stack it is the stack that is selected. --json writes a list of {name, state, finding, remedy}.

Exit code: 0 no problem was found (warnings are none), 1 a problem was found, 2 it could not be looked at.
`;

/** The stack's cluster, and why it is not known where that is no fault: before the first `pulumi up`. */
function readCluster(stack: string | undefined): { cluster?: Cluster; error?: StackError } {
  try {
    return { cluster: clusterOf(stackOutputs(stack)) };
  } catch (error) {
    if (error instanceof StackError) return { error };
    throw error;
  }
}

async function look(node: string | undefined, stack: string | undefined): Promise<Finding[]> {
  const { cluster, error } = readCluster(stack);
  if (node !== undefined) {
    if (!cluster)
      throw error ?? new StackError("there is no cluster yet; it is there once pulumi up is over");
    requireMachine(cluster, node);
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

command(
  "doctor",
  USAGE,
  async (args) => {
    const { words, options, flags } = readArguments(args, { options: ["stack"], flags: ["json"] });
    const findings = await look(oneMachine(words), options.stack);
    const json = flags.has("json");
    process.stdout.write(json ? `${JSON.stringify(findings, undefined, 2)}\n` : render(findings));
    return exitCode(findings);
  },
  2,
);
