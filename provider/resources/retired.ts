import { AnyResource } from "../resource";

/** Resources of earlier versions that a state may still have: they were values alone, and nothing goes with them. */
export const retired: readonly AnyResource[] = ["kluster-provider:pki:JoinToken"].map((type) => ({
  type,
  secrets: ["token"],
  outputs: ["token"],
  create: async () => {
    throw new Error(`${type} is not made any more`);
  },
}));
