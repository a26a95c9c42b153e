import { Clock, systemClock } from "../clock";
import { ACCESS_RULES, AccessRulesInputs } from "../declarations/kubernetes";
import { Context, implement, Resource } from "../resource";
import { MachineServices } from "../machine-services";
import { asAdministrator, namesIn } from "./as-administrator";

/** The script gives the API two minutes, and waits half a minute for an answer. */
const APPLY_TIMEOUT = 180_000;

/** Says who may do what, and sees to the Secrets; what was there before does not matter. */
export async function applyAccessRules(
  by: { services: MachineServices; clock: Clock; port: number },
  inputs: AccessRulesInputs,
  context: Context,
): Promise<void> {
  const list = { apiVersion: "v1", kind: "List", items: inputs.objects };
  const act = {
    script: "apply-access-rules.sh",
    args: [inputs.tokenKey],
    lines: [JSON.stringify(list)],
    timeout: APPLY_TIMEOUT,
  };
  const said = await asAdministrator(by, inputs, "access-rules", act, context);
  const tokens = namesIn(said, "token");
  if (tokens.length > 0) context.warn(oldTokens(tokens));
}

/**
 * Who may do what in the cluster, without which nothing in it works: applied by somebody who may do everything, and who
 * is made for that alone. He also sees to the Secrets when their keys are others.
 */
export function accessRules(
  services: MachineServices,
  clock: Clock = systemClock,
  port = 22,
): Resource<AccessRulesInputs, object> {
  const apply = (inputs: AccessRulesInputs, context: Context) =>
    applyAccessRules({ services, clock, port }, inputs, context);

  return implement(ACCESS_RULES, {
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
  });
}

function oldTokens(names: readonly string[]): string {
  return (
    `these Secrets hold tokens that an earlier key of the service accounts has signed, and which nobody makes anew: ${names.join(", ")}. ` +
    "They end when that key goes: with the next `pulumi up` that is two days from now or later. Delete each and make it again " +
    "(kubectl get secret, delete, apply), and give the new token to whoever uses it"
  );
}
