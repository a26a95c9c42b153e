import { createHash } from "node:crypto";
import { Clock, systemClock } from "../clock";
import { administrator } from "../kubernetes/administrator";
import { Identity } from "../pki";
import { Resource } from "../resource";
import { waitForSsh, withSession } from "../ssh";
import { Workshop } from "../workshop";
import { LoginInputs, loginOf } from "./login";

interface TrustInPodsInputs extends LoginInputs {
  /** The master. */
  machine: string;
  /** Of the API, as the master calls it: https://il:6443 */
  server: string;
  authority: Identity;
  /** Certificates (PEM) of all authorities that the machines trust by now. */
  trusted: string;
}

const REACH_DEADLINE = 120_000;
/** The script gives the API and the cluster's DNS two minutes each, and a request half a minute. */
const HAND_ON_TIMEOUT = 300_000;

/**
 * Whom pods trust to be the API. Kubernetes hands the certificates on to their files, but many programs read those only when
 * they start: the cluster's DNS is started anew, and other pods are named, before the API shows another certificate.
 */
export function trustInPods(
  workshop: Workshop,
  clock: Clock = systemClock,
  port = 22,
): Resource<TrustInPodsInputs, object> {
  return {
    type: "kluster-provider:kubernetes:TrustInPods",
    secrets: ["privateKey", "authority"],
    outputs: [],
    ignore: ["address", "hostKey", "privateKey", "server", "authority"],
    // A new cluster's pods know nobody else.
    create: async ({ machine }) => ({ id: machine, outputs: {} }),

    async update(_id, { inputs }, { signal, status, warn }) {
      const access = await administrator("trust-in-pods", inputs, new Date(clock.now()));
      const onWait = (reason: string) => status(`waiting for the machine: ${reason}`);
      const session = waitForSsh({ ...loginOf(inputs), port }, { deadline: REACH_DEADLINE, onWait, signal });
      const said = await withSession(session, (session) =>
        workshop.scripts.run(session, "trust-in-pods.sh", [sha256(inputs.trusted.trim())], {
          stdin: `${access}\n`,
          timeout: HAND_ON_TIMEOUT,
          onLine: status,
          signal,
        }),
      );
      const pods = [...said.matchAll(/^pod (\S+)$/gm)].map(([, name]) => name);
      if (pods.length > 0) warn(oldPods(pods));
      return {};
    },
  };
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

function oldPods(names: readonly string[]): string {
  return (
    `these pods have started before the cluster's authority was another, and what speaks to the API in them may not know the new one: ${names.join(", ")}. ` +
    "Programs that read the file anew are well (such as client-go of Kubernetes 1.36); the others start anew with " +
    "`kubectl rollout restart`, or when their pod is deleted"
  );
}
