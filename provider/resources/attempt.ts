import { createHash, randomBytes } from "node:crypto";
import { AnyResource, Resource } from "../resource";
import { hasUnknown, Properties, UNKNOWN } from "../values";

interface Target {
  type: string;
  inputs: Properties;
}

interface AttemptInputs {
  /** Type and inputs of the resource that is going to be changed; kept as a hash of what a change would be made of. */
  target: Target | string;
  /** Of the target, what it is found by if its creation is killed. */
  traces?: Target;
}

interface AttemptOutputs {
  /** Another one whenever the target is another one. */
  nonce: string;
}

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

  return {
    type: "kluster-provider:index:Attempt",
    secrets: ["target"], // even a hash tells something of a short secret
    outputs: ["nonce"],
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
  };
}

/** The same value with the members of its objects in one order, whatever order they came in. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
