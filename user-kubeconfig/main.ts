import { command, Misuse, readArguments } from "../stack/command";
import { StackError, stackName, stackOutputs } from "../stack/outputs";
import { breakGlass, serverOf } from "./break-glass";
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

const VERBS = ["merge", "print", "remove", "break-glass"] as const;
type Verb = (typeof VERBS)[number];

/** @throws Misuse */
function verbIn([first, ...others]: readonly string[]): Verb {
  const verb = VERBS.find((one) => one === first);
  const unknown = verb ? others[0] : first;
  if (unknown !== undefined) throw new Misuse(`unknown argument ${unknown}`);
  if (!verb) throw new Misuse(`say what to do: ${VERBS.join(", ")}`);
  return verb;
}

function kubeconfigOf(stack: string | undefined): string {
  const { kubeconfig } = stackOutputs(stack);
  if (typeof kubeconfig === "string") return kubeconfig;
  throw new StackError("the stack has no output kubeconfig; it has one once pulumi up has made the cluster");
}

async function perform(verb: Verb, stack: string | undefined): Promise<void> {
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

command("kubeconfig", USAGE, (args) => {
  const { words, options } = readArguments(args, { options: ["stack"], flags: [] });
  return perform(verbIn(words), options.stack);
});
