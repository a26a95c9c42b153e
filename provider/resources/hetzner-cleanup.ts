import { HETZNER_CLEANUP, HetznerCleanupInputs } from "../declarations/hetzner";
import { HetznerError, lookAround, Projects, STACK_LABEL, sweep } from "../hetzner";
import { isIn, ownAddresses } from "../own-address";
import { Context, implement, Resource } from "../resource";
import { hasUnknown, UNKNOWN } from "../values";

/**
 * The first of a stack at Hetzner and the last: everything else depends on it. While its inputs are checked it looks who
 * else is in the project. When the stack is destroyed it makes sure that nothing is left, and deletes what a killed run
 * left behind or others made in the stack's name.
 * @param whereabouts tells the addresses that this box has on the internet
 */
export function hetznerCleanup(
  projects: Projects,
  whereabouts: () => Promise<string[]> = ownAddresses,
): Resource<HetznerCleanupInputs, object> {
  /** Checks are repeated; their lines need not be. */
  const said = new Set<string>();
  function warn(text: string, context: Context): void {
    if (said.has(text)) return;
    said.add(text);
    context.warn(text);
  }

  /** Reasons why the stack cannot be made in its project. */
  async function refusals(
    inputs: HetznerCleanupInputs,
    isNew: boolean,
    context: Context,
  ): Promise<readonly string[]> {
    const { token, endpoint, stackIdentity, names = {} } = inputs;
    if (hasUnknown({ token, endpoint, names })) return [];
    const call = { signal: context.signal, onWait: context.status };
    const site = { stackIdentity: stackIdentity === UNKNOWN ? undefined : stackIdentity, names, isNew };
    try {
      const { refused, warnings } = await lookAround(projects.of({ token, endpoint }), site, call);
      warnings.forEach((text) => warn(text, context));
      return refused;
    } catch (error) {
      if (error instanceof HetznerError) return []; // the choice of each server says why nobody could be asked
      throw error;
    }
  }

  let asked: Promise<string[]> | undefined;
  async function seeWhoHasAccess({ access, stack }: HetznerCleanupInputs, context: Context): Promise<void> {
    if (!access?.length || hasUnknown({ access })) return;
    const own = await (asked ??= whereabouts());
    if (!own.length || own.some((address) => isIn(address, access))) return;
    warn(
      `kluster:access does not have this box's address on the internet (${own.join(", ")}): \`pulumi up\` would shut SSH and the API to it, and could not finish. ` +
        `\`setup/allow --stack ${stack}\` adds it. If you reach the servers from another address, as by a VPN, all is well.`,
      context,
    );
  }

  return implement(HETZNER_CLEANUP, {
    replaceOn: ["stackIdentity"],
    // Pulumi keeps new inputs in its state even so; `delete` needs the newest token.
    ignore: ["token", "endpoint", "stack", "names", "access"],

    async check(inputs, context, before) {
      const [reasons] = await Promise.all([
        refusals(inputs, before === undefined, context),
        seeWhoHasAccess(inputs, context),
      ]);
      return { inputs: { ...inputs }, failures: reasons.map((reason) => ({ property: "", reason })) };
    },

    async create({ stackIdentity }) {
      return { id: stackIdentity, outputs: {} };
    },

    async delete(_id, { inputs }, context) {
      const { token, endpoint, stackIdentity, stack } = inputs;
      const call = { signal: context.signal, onWait: context.status };
      const label = `${STACK_LABEL}=${stackIdentity}`;
      try {
        const { api } = projects.of({ token, endpoint });
        const removed = await sweep(api, stackIdentity, { ...call, warn: (line) => context.warn(line) });
        // One line: two of them may be shown in either order.
        const done = removed.length
          ? `deleted what was left of the stack ${stack} (${removed.join(", ")}); `
          : "";
        context.info(
          `${done}nothing labelled ${label} is left at Hetzner, so nothing of ${stack} costs money any more`,
        );
      } catch (error) {
        if (!(error instanceof HetznerError) || !UNSEEN.includes(error.code)) throw error;
        throw new Error(
          `whether anything of the stack ${stack} is left at Hetzner could not be found out. ${error.message} ` +
            `A new token reaches this resource by \`pulumi up --target '**:Cleanup::*'\`; then destroy again. Or look in the Hetzner console for objects with the label ${label}, ` +
            "delete them, and take this resource out of the state with `pulumi state delete`.",
        );
      }
    },
  });
}

/** Hetzner did not let us look. */
const UNSEEN = ["unauthorized", "forbidden", "unreachable", "no_answer", "not_the_api"];
