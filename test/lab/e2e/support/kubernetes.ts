import { Finished, RunOptions } from "../../../../provider/process";
import { failure, inLab, stack } from "./lab";

/** kubectl as the stack's administrator: the kubeconfig comes from the outputs by a pipe and is never a file. */
export function tryKubectl(args: string[], options?: RunOptions): Promise<Finished> {
  const script = `kubectl --kubeconfig <(pulumi stack output --stack ${stack} --show-secrets kubeconfig) "$@"`;
  return inLab(["bash", "-c", script, "kubectl", ...args], options);
}

export async function kubectl(args: string[], options?: RunOptions): Promise<string> {
  const finished = await tryKubectl(args, options);
  if (finished.code !== 0) throw failure(["kubectl", ...args], finished);
  return finished.stdout;
}

export const apply = (manifest: object) => kubectl(["apply", "-f", "-"], { stdin: JSON.stringify(manifest) });

interface Node {
  metadata: { name: string };
  status: { conditions: { type: string; status: string }[]; addresses: { type: string; address: string }[] };
}

/** Names of the nodes that are Ready, sorted. */
export async function readyNodes(): Promise<string[]> {
  const { items } = JSON.parse(await kubectl(["get", "nodes", "-o", "json"])) as { items: Node[] };
  return items
    .filter(({ status }) =>
      status.conditions.some(({ type, status }) => type === "Ready" && status === "True"),
    )
    .map(({ metadata }) => metadata.name)
    .sort();
}
