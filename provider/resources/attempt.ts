import { createHash, randomBytes } from "node:crypto";
import { Resource } from "../resource";
import { hasUnknown, Properties, UNKNOWN } from "../values";

interface AttemptInputs {
  /** Type and inputs of the resource that is going to be changed; kept as a hash of what a change would be made of. */
  target: { type: string; inputs: Properties } | string;
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
 * Pulumi alone forgets a change that was killed: with the inputs back to what they were it says "unchanged".
 */
export function attempt(targets: Resource<any, any>[]): Resource<AttemptInputs, AttemptOutputs> {
  const ignored = new Map(targets.map(({ type, ignore }) => [type, new Set(ignore)]));

  /** Unknown as long as any of it is: whether it changes is not known before. */
  function hash({ type, inputs }: { type: string; inputs: Properties }): string {
    const kept = Object.entries(inputs).filter(([name]) => !ignored.get(type)?.has(name));
    if (hasUnknown(kept)) return UNKNOWN;
    return createHash("sha256")
      .update(JSON.stringify([type, sorted(Object.fromEntries(kept))]))
      .digest("hex");
  }

  const fresh = (): AttemptOutputs => ({ nonce: randomBytes(8).toString("hex") });

  return {
    type: "kluster-provider:index:Attempt",
    secrets: ["target"], // even a hash tells something of a short secret
    outputs: ["nonce"],

    async check({ target }) {
      return { inputs: { target: typeof target === "string" ? target : hash(target) } };
    },
    async create() {
      return { id: randomBytes(8).toString("hex"), outputs: fresh() };
    },
    async update() {
      return fresh();
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
