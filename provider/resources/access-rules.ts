import { Clock, systemClock } from "../clock";
import { administrator } from "../kubernetes/administrator";
import { Identity } from "../pki";
import { Context, Resource } from "../resource";
import { waitForSsh, withSession } from "../ssh";
import { Workshop } from "../workshop";
import { LoginInputs, loginOf } from "./login";

interface AccessRulesInputs extends LoginInputs {
  /** The master that the objects are applied from. */
  machine: string;
  /** Of the API, as the master calls it: https://il:6443 */
  server: string;
  authority: Identity;
  /** Certificates (PEM) of those whose word counts for who the API is. */
  trusted: string;
  /** Kubernetes objects. */
  objects: object[];
  /** Which key Secrets are encrypted with; those that were written before it are written once more. */
  encryptionKey: string;
  /** Which key the tokens of service accounts are signed with; those in Secrets that another has signed are named. */
  tokenKey: string;
}

const REACH_DEADLINE = 120_000;
/** The script gives the API two minutes, and waits half a minute for an answer. */
const APPLY_TIMEOUT = 180_000;

/**
 * Who may do what in the cluster, without which nothing in it works: applied by somebody who may do everything, and who
 * is made for that alone. He also sees to the Secrets when their keys are others.
 */
export function accessRules(
  workshop: Workshop,
  clock: Clock = systemClock,
  port = 22,
): Resource<AccessRulesInputs, object> {
  async function apply(inputs: AccessRulesInputs, { signal, status, warn }: Context) {
    const access = await administrator("access-rules", inputs, new Date(clock.now()));
    const list = { apiVersion: "v1", kind: "List", items: inputs.objects };
    const onWait = (reason: string) => status(`waiting for the machine: ${reason}`);
    const session = waitForSsh({ ...loginOf(inputs), port }, { deadline: REACH_DEADLINE, onWait, signal });
    const said = await withSession(session, (session) =>
      workshop.scripts.run(session, "apply-access-rules.sh", [inputs.tokenKey], {
        stdin: `${access}\n${JSON.stringify(list)}\n`,
        timeout: APPLY_TIMEOUT,
        onLine: status,
        signal,
      }),
    );
    const tokens = [...said.matchAll(/^token (\S+)$/gm)].map(([, name]) => name);
    if (tokens.length > 0) warn(oldTokens(tokens));
  }

  return {
    type: "kluster-provider:kubernetes:AccessRules",
    secrets: ["privateKey", "authority"],
    outputs: [],
    // Only the way to the API; what is there does not depend on it.
    ignore: ["address", "hostKey", "privateKey", "server", "authority", "trusted"],
    async create(inputs, context) {
      await apply(inputs, context);
      return { id: inputs.machine, outputs: {} };
    },
    async update(_id, { inputs }, context) {
      await apply(inputs, context);
      return {};
    },
  };
}

function oldTokens(names: readonly string[]): string {
  return (
    `these Secrets hold tokens that an earlier key of the service accounts has signed, and which nobody makes anew: ${names.join(", ")}. ` +
    "They end when that key goes: with the next `pulumi up` that is two days from now or later. Delete each and make it again " +
    "(kubectl get secret, delete, apply), and give the new token to whoever uses it"
  );
}
