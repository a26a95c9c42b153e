import { createHash } from "node:crypto";
import { EVALUATION, EvaluationInputs, EvaluationOutputs } from "../declarations/nixos";
import { Evaluator, Systems } from "../nixos/evaluate";
import { NixError } from "../nixos/nix";
import { Summaries } from "../nixos/summaries";
import { SummarizedSystem } from "../nixos/system";
import { implement, Resource } from "../resource";
import { hasUnknown, Properties } from "../values";

/**
 * The NixOS systems of all machines, evaluated at once. Evaluating changes nothing, so it is done while the
 * inputs are checked: a preview already shows which systems would change, and a mistake in a module is reported
 * before anything is touched.
 */
export function evaluation(
  evaluator: Evaluator<SummarizedSystem>,
  summaries = new Summaries(),
): Resource<EvaluationInputs, EvaluationOutputs> {
  return implement(EVALUATION, {
    // The systems say all: the same systems out of other facts are no change, other systems out of the same are.
    ignore: ["nixpkgs", "cluster", "machines"],

    async check(inputs, context, before) {
      const { nixpkgs, cluster, machines } = inputs;
      const given = { nixpkgs, cluster, machines };
      const { url, sha256, minimumNix } = nixpkgs;
      try {
        if (hasUnknown(given)) {
          await evaluator.requireNix(minimumNix); // a missing Nix is said now, not after the machines are there
          return { inputs: given };
        }
        const facts = { nixpkgs: { url, sha256 }, cluster, machines };
        const described = await evaluator.evaluate(facts, minimumNix, () =>
          context.status("evaluating the NixOS systems of all machines"),
        );
        const systems = summaries.takeFrom(described);
        const moved = before && movedNodes(before.cluster.hosts as Nodes, cluster.hosts as Nodes);
        if (moved?.length) context.warn(sayMoved(moved));
        for (const name of unasked(cluster, systems)) context.warn(nobodyAsks(name, cluster));
        return { inputs: { ...given, systems } };
      } catch (error) {
        if (!(error instanceof NixError)) throw error;
        return { inputs: given, failures: [{ property: "", reason: error.message }] };
      }
    },

    async create({ systems = {} }) {
      const id = createHash("sha256")
        .update(JSON.stringify(Object.keys(systems)))
        .digest("hex")
        .slice(0, 16);
      return { id, outputs: { systems } };
    },

    async update(_id, { inputs }) {
      return { systems: inputs.systems ?? {} };
    },
  });
}

/** Addresses in the cluster by host; undefined where they are not known yet. */
type Nodes = Record<string, string> | undefined;

/** Hosts that the cluster has known and knows, and whose address in it becomes another: "il (10.65.0.11 to 10.66.0.11)". */
function movedNodes(before: Nodes, now: Nodes): string[] {
  return Object.entries(now ?? {}).flatMap(([host, address]) => {
    const was = before?.[host];
    return was !== undefined && was !== address ? [`${host} (${was} to ${address})`] : [];
  });
}

const sayMoved = (moved: readonly string[]) =>
  `nodes get other addresses in the cluster: ${moved.join(", ")}. Machines do not change at the same moment; until the last one has, ` +
  "those that have and those that have not do not reach each other, and the API may be away. Pods stay as they are.";

/** The user's own secrets that no machine wants: a slip of the pen, or left over. */
function unasked({ secrets }: Properties, systems: Systems): string[] {
  const asked = new Set(
    Object.values(systems).flatMap((system) => system.secrets.map(({ secret }) => secret)),
  );
  return (Array.isArray(secrets) ? (secrets as string[]) : []).filter(
    (name) => !asked.has(`kluster:secrets.${name}`),
  );
}

function nobodyAsks(name: string, { stack }: Properties): string {
  return `no machine gets the secret ${name} of Pulumi.${stack}.yaml: no module sets kluster.secrets.${name}. Set it in one, or take the secret out: pulumi config rm --stack ${stack} --path kluster:secrets.${name}`;
}
