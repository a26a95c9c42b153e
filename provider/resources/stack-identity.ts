import { randomBytes } from "node:crypto";
import { STACK_IDENTITY } from "../declarations/stack";
import { implement } from "../resource";

const madeHere = new Set<string>();

/** Whether an identity was made by this process, in this run: nothing of earlier runs can carry it. */
export const isNewIdentity = (identity: string): boolean => madeHere.has(identity);

/**
 * What stays the same for a stack's whole life: a random id, made once, and the master. The machines' UUIDs, MAC
 * addresses and groups are derived from the id, so that two checkouts with a stack of the same name never touch
 * each other's machines.
 */
export const stackIdentity = implement(STACK_IDENTITY, {
  async check(inputs, _context, before) {
    if (!before?.master || before.master === inputs.master) return { inputs };
    const reason = `the master of this cluster is ${before.master} and cannot become ${inputs.master}: etcd, with everything that the cluster knows, lives on ${before.master}. Set the master back to ${before.master}; or begin a new cluster, with \`pulumi destroy\` before this change or in a stack of its own.`;
    return { inputs, failures: [{ property: "master", reason }] };
  },
  async create() {
    const identity = randomBytes(8).toString("hex");
    madeHere.add(identity);
    return { id: identity, outputs: { identity } };
  },
});
