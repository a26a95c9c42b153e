import { HetznerError, Projects, STACK_LABEL, sweep } from "../hetzner";
import { Resource } from "../resource";

interface HetznerCleanupInputs {
  token: string;
  endpoint?: string;
  stackIdentity: string;
  stack: string;
}

/**
 * Makes sure that nothing of a stack is left at Hetzner when it is destroyed: everything else depends on it, so it
 * goes last, and deletes what a killed run left behind or others made in the stack's name.
 */
export function hetznerCleanup(projects: Projects): Resource<HetznerCleanupInputs, object> {
  return {
    type: "kluster-provider:hetzner:Cleanup",
    secrets: ["token"],
    outputs: [],
    replaceOn: ["stackIdentity"],
    // Pulumi keeps new inputs in its state even so; `delete` needs the newest token.
    ignore: ["token", "endpoint", "stack"],

    async create({ stackIdentity }) {
      return { id: stackIdentity, outputs: {} };
    },

    async delete(_id, { inputs }, context) {
      const { token, endpoint, stackIdentity, stack } = inputs;
      const call = { signal: context.signal, onWait: context.status };
      const label = `${STACK_LABEL}=${stackIdentity}`;
      try {
        const { api } = projects.of({ token, endpoint });
        const warn = (line: string) => context.warn(line);
        const removed = await sweep(api, stackIdentity, { ...call, warn });
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
  };
}

/** Hetzner did not let us look. */
const UNSEEN = ["unauthorized", "forbidden", "unreachable", "no_answer", "not_the_api"];
