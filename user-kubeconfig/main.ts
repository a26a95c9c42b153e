import { breakGlass, serverOf } from "./break-glass";
import { StackError, stackName, stackOutputs } from "../stack/outputs";
import { KubeconfigError, merge, remove } from "./edit";
import { entriesOf, namesOf, wholeKubeconfig } from "./entries";
import { changeFile, kubeconfigFile } from "./file";

const USAGE = `usage: npm run kubeconfig -- merge | print | remove | break-glass [--stack STACK]

  merge    puts the cluster into your kubeconfig (the first file of KUBECONFIG, else ~/.kube/config) as the context
           kluster-STACK, and what is new of it when run again; nothing else in the file changes
  print    writes a kubeconfig of the cluster alone to standard output (npm run --silent kubeconfig -- print)
  remove   takes the context kluster-STACK out again, with its cluster and user
  break-glass
           like print, but for an hour and of system:masters, who may do everything whatever the cluster's own rules say:
           for the day on which your own rights are gone

The file is for you alone (0600) afterwards. Without --stack it is the stack that is selected (pulumi stack select).
`;

class Misuse extends Error {}

const VERBS = ["merge", "print", "remove", "break-glass"] as const;
type Verb = (typeof VERBS)[number];

interface Arguments {
  verb: Verb;
  stack?: string;
}

/** @throws Misuse */
function readArguments(args: readonly string[]): Arguments {
  let verb: Verb | undefined;
  let stack: string | undefined;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index];
    const known = VERBS.find((one) => one === arg);
    if (known && !verb) verb = known;
    else if (arg === "--stack" || arg === "-s") stack = args[++index] ?? "";
    else if (arg.startsWith("--stack=")) stack = arg.slice("--stack=".length);
    else throw new Misuse(`unknown argument ${arg}`);
    if (stack === "") throw new Misuse("--stack needs the name of a stack");
  }
  if (!verb) throw new Misuse(`say what to do: ${VERBS.join(", ")}`);
  return { verb, stack };
}

function kubeconfigOf(stack: string | undefined): string {
  const { kubeconfig } = stackOutputs(stack);
  if (typeof kubeconfig === "string") return kubeconfig;
  throw new StackError("the stack has no output kubeconfig; it has one once pulumi up has made the cluster");
}

async function perform({ verb, stack }: Arguments): Promise<void> {
  const say = (text: string) => process.stderr.write(`kubeconfig: ${text}\n`);
  const name = stackName(stack);
  const context = namesOf(name).contexts;
  if (verb === "break-glass") {
    process.stdout.write(`${await breakGlass(stack, serverOf(kubeconfigOf(stack)))}\n`);
    return;
  }
  if (verb === "print") {
    const whole = wholeKubeconfig(entriesOf(name, kubeconfigOf(stack)));
    process.stdout.write(`${JSON.stringify(whole, undefined, 2)}\n`);
    return;
  }
  const file = kubeconfigFile(process.env);
  const entries = verb === "merge" ? entriesOf(name, kubeconfigOf(stack)) : undefined;
  const change = (text: string) => (entries ? merge(text, name, entries) : remove(text, name));
  try {
    const changed = changeFile(file, change);
    if (!changed) say(`nothing to change in ${file}`);
    else if (entries) say(`context ${context} is in ${file}; kubectl --context ${context} get nodes`);
    else say(`context ${context} is out of ${file}`);
  } catch (error) {
    if (error instanceof KubeconfigError) error.message = `${file} was left as it is: ${error.message}`;
    throw error;
  }
}

/** @returns the exit code: 1 where something failed, 2 for wrong arguments */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    await perform(readArguments(args));
    return 0;
  } catch (error) {
    process.stderr.write(
      error instanceof Misuse
        ? `${USAGE}kubeconfig: ${error.message}\n`
        : `kubeconfig: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return error instanceof Misuse ? 2 : 1;
  }
}

void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
