import { LABELS_AND_TAINTS, LabelsAndTaintsInputs } from "../declarations/kubernetes";
import {
  differences,
  evicting,
  foundOn,
  Known,
  LabelsAndTaints,
  NodeObject,
  patchFor,
} from "../kubernetes/labels-and-taints";
import { ScriptError } from "../nixos/scripts";
import { Context, implement, Patience, Resource, Unproved } from "../resource";
import { connect, Session, SshError, waitForSsh, withSession } from "../ssh";
import { MachineServices } from "../machine-services";
import { loginOf } from "./login";

/** How long things may take, in milliseconds. */
export interface LabelTimes {
  /** A login on the master, and then an answer of the API: for a change, and for a look. */
  change: number;
  look: number;
}

const TIMES: LabelTimes = { change: 120_000, look: 10_000 };
/** What a script may take beyond what it waits for: single requests. */
const SLACK = 60_000;
/** A node's object changes every few minutes where nothing goes on; each time it does in between costs one attempt. */
const ATTEMPTS = 20;

const NONE: LabelsAndTaints = { labels: {}, taints: {} };

/**
 * Labels and taints of a node that are ours, beside those of others. By the program's own login on the master, which may change
 * nodes (components/access-rules.ts): an administrator may do more than this needs.
 *
 * It is kept apart from the machine's NixOS: what a kubelet is told to register its node with has no effect on one that is
 * registered, and it may not give itself every label (docs/adr/0030).
 */
export function labelsAndTaints(
  services: MachineServices,
  port = 22,
  times = TIMES,
): Resource<LabelsAndTaintsInputs, object> {
  const { scripts } = services;

  async function read(session: Session, node: string, limit: number, { signal, status }: Patience) {
    const said = await scripts.run(session, "node-object.sh", ["read", node, `${Math.ceil(limit / 1000)}`], {
      ...{ timeout: limit + SLACK, signal },
      onLine: (line) => {
        if (!/^(node |unknown$)/.test(line)) status(line);
      },
    });
    const [, found] = /^node (.*)$/m.exec(said) ?? [];
    return found === undefined ? undefined : (JSON.parse(found) as NodeObject);
  }

  /** @returns whether there is such a node */
  async function bring(
    inputs: LabelsAndTaintsInputs,
    wanted: LabelsAndTaints,
    known: Known,
    context: Context,
  ): Promise<boolean> {
    const { node } = inputs;
    const { signal, status } = context;
    const onWait = (reason: string) => status(`waiting for the master: ${reason}`);
    const opening = waitForSsh({ ...loginOf(inputs), port }, { deadline: times.change, onWait, signal });
    return withSession(opening, async (session) => {
      let why = "";
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const found = await read(session, node, times.change, context);
        if (!found) return false;
        const patch = patchFor(found, wanted, known);
        if (!patch) return true;
        const stdin = `${JSON.stringify(patch)}\n`;
        const said = await scripts.run(session, "node-object.sh", ["patch", node], { stdin, signal });
        if (said.trim() === "patched") return true;
        why = said.trim().replace(/^again /, "");
        status(`node ${node} could not be changed, and is looked at once more: ${why}`);
      }
      throw new Error(
        `labels and taints of node ${node} could not be changed in ${ATTEMPTS} attempts, the last of which ended with: ${why}. ` +
          `Whatever else changes it all the time shows kubectl get node ${node} --show-managed-fields -o yaml. Then \`pulumi up\` again`,
      );
    });
  }

  async function bringTo(inputs: LabelsAndTaintsInputs, known: Known, context: Context): Promise<void> {
    if (await bring(inputs, inputs, known, context)) return;
    throw new Error(
      `Kubernetes has no node ${inputs.node}, so it could not get its labels and taints. A kubelet registers its node when it ` +
        `starts: on ${inputs.node}, systemctl restart kubelet. Then \`pulumi up\` again`,
    );
  }

  return implement(LABELS_AND_TAINTS, {
    // Only the way to the API.
    ignore: ["address", "hostKey", "privateKey"],

    async check(inputs, context, before = { ...inputs, ...NONE }) {
      const { node } = inputs;
      const changes = differences(before, inputs);
      if (changes.length > 0) context.info(`node ${node}: ${changes.join("; ")}`);
      for (const taint of evicting(before, inputs)) context.warn(evicts(node, taint));
      return { inputs };
    },

    async create(inputs, context) {
      await bringTo(inputs, knownBy(inputs, NONE), context);
      return { id: inputs.node, outputs: {} };
    },

    async update(_id, { before, inputs }, context) {
      await bringTo(inputs, knownBy(inputs, before), context);
      return {};
    },

    async read(_id, known, context) {
      const { node } = known.inputs;
      try {
        const opening = connect({ ...loginOf(known.inputs), port }, { timeout: times.look });
        const found = await withSession(opening, (session) => read(session, node, times.look, context));
        const { labels, taints } = found ? foundOn(found, knownBy(known.inputs, known.inputs)) : NONE;
        const now = { labels, taints };
        return { outputs: { ...known.outputs, ...now }, inputs: { ...known.inputs, ...now } };
      } catch (error) {
        if (!(error instanceof SshError || error instanceof ScriptError)) throw error;
        throw new Unproved(
          `labels and taints of node ${node} could not be looked at by way of the master: ${error.message}`,
        );
      }
    },

    // Of a node that stays; where its machine goes, nobody asks for this.
    async delete(_id, { inputs }, context) {
      await bring(inputs, NONE, knownBy(inputs, inputs), context);
    },
  });
}

const knownBy = (
  { node, privateKey }: LabelsAndTaintsInputs,
  { labels, taints }: LabelsAndTaints,
): Known => ({
  ...{ node, labels, taints, secret: privateKey },
});

const evicts = (node: string, taint: string) =>
  `taint ${taint} evicts the pods of node ${node} that do not tolerate it, at once and whatever their disruption budgets say. ` +
  `To have them go in good order, drain it before: kubectl drain ${node} --ignore-daemonsets --delete-emptydir-data`;
