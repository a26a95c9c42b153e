import { Clock, systemClock } from "../clock";
import { REMOVED_APIS, RemovedApisInputs } from "../declarations/kubernetes";
import { removedApis as removedIn, RemovedApi } from "../kubernetes/removed-apis";
import { minorOf, minorStep } from "../kubernetes/skew";
import { kubernetesOf } from "../nixos/summary";
import { implement, Resource } from "../resource";
import { MachineServices } from "../machine-services";
import { asAdministrator } from "./as-administrator";

/** The script gives the API server two minutes. */
const TIMEOUT = 180_000;

/**
 * That nobody asks for what the next Kubernetes no longer has. It is looked at before any machine changes, and only where the
 * master's minor goes up: the running API server counts such requests by itself.
 */
export function removedApis(
  services: MachineServices,
  clock: Clock = systemClock,
  port = 22,
): Resource<RemovedApisInputs, object> {
  const step = (before: RemovedApisInputs, inputs: RemovedApisInputs) =>
    minorStep({ before: before.minor, after: inputs.minor });
  return implement(REMOVED_APIS, {
    ignore: ["address", "hostKey", "privateKey", "server", "authority", "trusted", "storePath"],

    async check({ minor: _, ...inputs }, _context, before) {
      const version = minorOf(kubernetesOf(services.summaries.of(inputs.storePath)));
      const minor = version === undefined ? before?.minor : `1.${version}`;
      return { inputs: { ...inputs, ...(minor && { minor }) } };
    },

    foresee({ before, inputs }, context) {
      if (step(before, inputs) > 0)
        context.info(
          `Kubernetes ${before.minor} → ${inputs.minor}: before any machine changes, the run looks whether somebody asks for what ${inputs.minor} no longer has`,
        );
      return {};
    },

    create: async ({ machine }) => ({ id: machine, outputs: {} }),

    async update(_id, { before, inputs }, context) {
      if (step(before, inputs) <= 0) return {};
      const act = { script: "removed-apis.sh", args: [], timeout: TIMEOUT };
      context.status("looking whether somebody asks for what the next Kubernetes no longer has");
      // Its lines are no words for a status.
      const quiet = { ...context, status: () => {} };
      const metrics = await asAdministrator({ services, clock, port }, inputs, "removed-apis", act, quiet);
      const removed = removedIn(metrics, minorOf(inputs.minor)!);
      if (removed.length > 0) throw new Error(refusal(inputs, removed));
      return {};
    },
  });
}

function refusal({ machine, address, minor }: RemovedApisInputs, removed: readonly RemovedApi[]): string {
  const named = removed.map(({ name, release }) => `${name} (gone in ${release})`).join(", ");
  return (
    `Kubernetes ${minor} no longer has what somebody has asked for since ${machine}'s API server started: ${named}. Nothing was changed. ` +
    `Who that is says its audit log: ssh root@${address} grep k8s.io/removed-release /var/log/kubernetes/audit.log. ` +
    "Let them ask for the version that has taken its place (https://kubernetes.io/docs/reference/using-api/deprecation-guide/). " +
    `The API server forgets what it has counted when it starts anew: ssh root@${address} systemctl restart kube-apiserver. Then \`pulumi up\` again.`
  );
}
