import { createHash } from "node:crypto";
import { Clock, systemClock } from "../clock";
import { GenerationInputs } from "../declarations/generation";
import { SERVICE_ACCOUNT_KEY, ServiceAccountKeyOutputs } from "../declarations/pki";
import { createServiceAccountKey, dayInMilliseconds } from "../pki";
import { implement, Resource } from "../resource";
import { UNKNOWN } from "../values";
import { isAnother, keepGeneration } from "./generation";

/**
 * A kubelet asks for another token for a pod when four fifths of its life, or 24 hours, are over
 * (https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/). A whole day more, as days are all
 * that is kept.
 */
const PATIENCE = 2 * dayInMilliseconds;

/**
 * The key that signs the tokens of service accounts. After another was made the earlier one stays good until no pod has a
 * token of it any more; then it shows as a change, and the next `pulumi up` takes it out.
 */
export function serviceAccountKey(
  clock: Clock = systemClock,
): Resource<GenerationInputs, ServiceAccountKeyOutputs> {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  const isGood = ({ until }: { until: string }) => day(clock.now()) <= until;

  return implement(SERVICE_ACCOUNT_KEY, {
    check: keepGeneration,
    differs: (outputs) => (outputs.earlier?.every(isGood) ? [] : ["earlier"]),
    async create() {
      const outputs = { ...(await createServiceAccountKey()), earlier: [] };
      return { id: createHash("sha256").update(outputs.publicKey).digest("hex").slice(0, 16), outputs };
    },
    async update(_id, { outputs, before, inputs }) {
      const { earlier = [], ...key } = outputs;
      const good = earlier.filter(isGood);
      if (!isAnother(before, inputs)) return { ...key, earlier: good };
      const until = day(clock.now() + PATIENCE);
      return {
        ...(await createServiceAccountKey()),
        earlier: [{ publicKey: key.publicKey, until }, ...good],
      };
    },
    foresee({ outputs: { earlier = [] }, before, inputs }, { info }) {
      if (!isAnother(before, inputs)) return { earlier: earlier.filter(isGood) };
      info("another key for the tokens of service accounts: the API is away for some seconds");
      return { publicKey: UNKNOWN, privateKey: UNKNOWN, earlier: UNKNOWN };
    },
  });
}
