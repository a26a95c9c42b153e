import { randomBytes } from "node:crypto";
import { HOSTS } from "../declarations/stack";
import { implement } from "../resource";

/**
 * Since when each host has been in the inventory. Pulumi deletes last of all: when a host leaves, the state has lost its
 * stay before anything of it is touched. So a host that comes back after its leaving has failed, or was killed, has
 * another stay than its resources were made with, and they are seen to once more.
 */
export const hosts = implement(HOSTS, {
  async create({ names }) {
    return { id: "hosts", outputs: { stays: staysOf(names, {}) } };
  },
  async update(_id, { outputs, inputs }) {
    return { stays: staysOf(inputs.names, outputs.stays) };
  },
});

function staysOf(names: readonly string[], before: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    [...names].sort().map((name) => [name, before[name] ?? randomBytes(8).toString("hex")]),
  );
}
