import { createHash, randomBytes } from "node:crypto";
import { ATTEMPT, AttemptInputs, AttemptOutputs, Target } from "../declarations/attempt";
import { AnyResource, implement, Resource } from "../resource";
import { hasUnknown, UNKNOWN } from "../values";

/**
 * A note in the state that another resource is going to be changed, written before it is. The nonce is one of that
 * resource's inputs: when a run is killed in the middle of the change, the state has the new nonce here and the old one
 * there, so that the next run goes on with the change, even if the user has taken it back by then.
 *
 * Pulumi alone forgets a change that was killed: with the inputs back to what they were it says "unchanged". And it
 * forgets what was being made when it was killed; the note goes after the resource, and takes along what is left of it.
 */
export function attempt(targets: AnyResource[]): Resource<AttemptInputs, AttemptOutputs> {
  const byType = new Map(targets.map((target) => [target.type, target]));

  /** Unknown as long as any of it is: whether it changes is not known before. */
  function hash({ type, inputs }: Target): string {
    const kept = Object.entries(inputs).filter(([name]) => !byType.get(type)?.ignore?.includes(name));
    if (hasUnknown(kept)) return UNKNOWN;
    return createHash("sha256")
      .update(JSON.stringify([type, sorted(Object.fromEntries(kept))]))
      .digest("hex");
  }

  function tracesOf({ type, inputs }: Target): Target | undefined {
    const names = byType.get(type)?.traces?.inputs;
    return names && { type, inputs: Object.fromEntries(names.map((name) => [name, inputs[name]])) };
  }

  const fresh = (): AttemptOutputs => ({ nonce: randomBytes(8).toString("hex") });

  return implement(ATTEMPT, {
    ignore: ["traces"],

    async check({ target, ...kept }) {
      if (typeof target === "string") return { inputs: { target, ...kept } };
      const traces = tracesOf(target);
      return { inputs: { target: hash(target), ...(traces && { traces }) } };
    },
    async create() {
      return { id: randomBytes(8).toString("hex"), outputs: fresh() };
    },
    async update() {
      return fresh();
    },
    async delete(_id, { inputs: { traces } }, context) {
      if (traces) await byType.get(traces.type)?.traces?.remove(traces.inputs, context);
    },
  });
}

/** The same value with the members of its objects in one order, whatever order they came in. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
