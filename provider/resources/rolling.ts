import { RolloutInputs } from "../declarations/machine";
import { ClusterNode, NodeTimes } from "../kubernetes/node";
import { Context } from "../resource";
import { Login } from "../ssh";
import { Scripts } from "../nixos/scripts";

export interface Service {
  machine: string;
  rollout: RolloutInputs;
  /** How the machine is reached when it is back. */
  login: Login;
  /** How the master is reached now. */
  master: Login;
  /** Why pods are to go first; nothing: they stay. */
  disturbs: readonly string[];
}

/**
 * Takes a node out of service for a change, and puts it back: drained where that disturbs its pods, and Ready before this is
 * done. A change that fails puts it back, too.
 *
 * A cluster that does not work cannot keep a change from mending it: where the API does not answer, or the node was not Ready
 * before, nothing is moved and nothing waited for.
 * @param change returns the id of the new boot, if it has rebooted the machine
 */
export async function outOfService(
  scripts: Scripts,
  { machine, rollout, login, master, disturbs }: Service,
  context: Context,
  change: () => Promise<string | undefined>,
  times?: NodeTimes,
): Promise<void> {
  const node = new ClusterNode(scripts, master, machine, context, times);
  const drains = disturbs.length > 0 && rollout.machines > 1;
  const found = drains
    ? await context.phase("drain", () => node.drain())
    : { ...(await node.look()), bare: [] };
  if (drains && found.is !== "ready" && found.is !== "unknown")
    context.warn(notMoved(machine, disturbs, found));
  if (found.bare.length > 0) context.warn(deleted(machine, found.bare));
  const wasReady = found.is === "ready";
  let boot: string | undefined;
  try {
    boot = await change();
    if (wasReady) await context.phase("ready", () => node.ready(login, rollout.server));
  } catch (error) {
    // A node that is not Ready gets no pods, whether it may take them or not.
    const patience = { status: context.status, signal: new AbortController().signal }; // after a cancellation, too
    const after = new ClusterNode(scripts, master, machine, patience, times);
    await after.resume({ glance: true }).catch((reason: Error) => {
      if (drains && wasReady) context.warn(staysCordoned(machine, reason));
    });
    throw error;
  }
  if (wasReady) await node.resume({ boot });
  // A run that was killed may have drained it; there need not be a cluster at all.
  else await node.resume({ glance: true }).catch((reason: Error) => context.status(reason.message));
}

/** Lets a node take pods again that a run before this may have drained; there need not be a cluster at all. */
export async function putBack(
  scripts: Scripts,
  machine: string,
  master: Login,
  context: Context,
  times?: NodeTimes,
): Promise<void> {
  const node = new ClusterNode(scripts, master, machine, context, times);
  await node.resume({ glance: true }).catch((reason: Error) => context.status(reason.message));
}

function notMoved(machine: string, reasons: readonly string[], { is, why }: { is: string; why: string }) {
  const what =
    is === "unready" ? `its node is not Ready${why && ` (${why})`}` : `the API does not answer (${why})`;
  return `the pods of ${machine} were not moved before the change (${reasons.join("; ")}), as ${what}`;
}

const deleted = (machine: string, pods: readonly string[]) =>
  `pods of ${machine} that nothing makes anew elsewhere were deleted, as kubectl drain --force does: ${pods.join(", ")}`;

const staysCordoned = (machine: string, reason: Error) =>
  `whether ${machine} may take pods again could not be seen to (${reason.message}); the next change of it does, or kubectl uncordon ${machine}`;
