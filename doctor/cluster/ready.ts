import { ScriptError } from "../../provider/nixos/scripts";
import { type Check, type Judgement, problem, well } from "../check";
import { type Node } from "./subject";

/** Seconds: it is not waited for anything to get better, only for an answer. */
const LIMIT = 10;

const SCRIPT = "wait-for-kubernetes.sh";

/** Why a part of Kubernetes is not ready, in the words of the script that `pulumi up` waits with, which knows the causes. */
function partCheck(name: string, partOf: (node: Node) => string[] | undefined): Check<Node> {
  return {
    name,
    async look(node) {
      const part = partOf(node);
      if (!node.session || !part) return undefined;
      try {
        await node.scripts.run(node.session, SCRIPT, [String(LIMIT), ...part], { timeout: 60_000 });
        return well(`${part.slice(0, 2).join(" ")} is ready`);
      } catch (error) {
        if (!(error instanceof ScriptError)) throw error;
        return judgeWait(error.message, node);
      }
    },
  };
}

const onMaster = ({ name, cluster }: Node, ...part: string[]) => (name === cluster.master ? part : undefined);

export const readyChecks: readonly Check<Node>[] = [
  partCheck("api", (node) => onMaster(node, "api")),
  partCheck("ready", ({ name, cluster }) => ["node", name, cluster.api]),
  partCheck("dns", (node) => onMaster(node, "dns")),
];

/** @param message of the script's failure: what it waited for, then the cause with a unit's last lines */
export function judgeWait(message: string, { name, cluster }: Pick<Node, "name" | "cluster">): Judgement {
  const lines = message.split("\n").filter((line) => !/^(scripts\/|waiting for )/.test(line));
  const [first, ...rest] = lines.length > 0 ? lines : message.split("\n").slice(-1);
  const unit = /(\S+)\.service (?:is|has failed) /.exec(first)?.[1];
  const address = cluster.machines[name].address;
  return problem(
    [first, ...rest.slice(-5)].join("\n"),
    unit
      ? `Read its journal: ssh root@${address} journalctl --unit=${unit} --lines=50. Where somebody stopped it by hand: ssh root@${address} systemctl start ${unit}.`
      : "Wait a minute and run this again; `pulumi refresh && pulumi up` puts right what has drifted.",
  );
}
