import { createHash } from "node:crypto";
import { Clock, systemClock } from "../clock";
import { AdministratorInputs, TRUST_IN_PODS } from "../declarations/kubernetes";
import { implement, Resource } from "../resource";
import { MachineServices } from "../machine-services";
import { asAdministrator, namesIn } from "./as-administrator";

/** The script gives the API and the cluster's DNS two minutes each, and a request half a minute. */
const HAND_ON_TIMEOUT = 300_000;

/**
 * Whom pods trust to be the API. Kubernetes hands the certificates on to their files, but many programs read those only when
 * they start: the cluster's DNS is started anew, and other pods are named, before the API shows another certificate.
 */
export function trustInPods(
  services: MachineServices,
  clock: Clock = systemClock,
  port = 22,
): Resource<AdministratorInputs, object> {
  return implement(TRUST_IN_PODS, {
    ignore: ["address", "hostKey", "privateKey", "server", "authority"],
    // A new cluster's pods know nobody else.
    create: async ({ machine }) => ({ id: machine, outputs: {} }),

    async update(_id, { inputs }, context) {
      const act = {
        script: "trust-in-pods.sh",
        args: [sha256(inputs.trusted.trim())],
        timeout: HAND_ON_TIMEOUT,
      };
      const said = await asAdministrator({ services, clock, port }, inputs, "trust-in-pods", act, context);
      const pods = namesIn(said, "pod");
      if (pods.length > 0) context.warn(oldPods(pods));
      return {};
    },
  });
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

function oldPods(names: readonly string[]): string {
  return (
    `these pods have started before the cluster's authority was another, and what speaks to the API in them may not know the new one: ${names.join(", ")}. ` +
    "Programs that read the file anew are well (such as client-go of Kubernetes 1.36); the others start anew with " +
    "`kubectl rollout restart`, or when their pod is deleted"
  );
}
