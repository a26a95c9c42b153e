import { WIREGUARD_KEY } from "../declarations/wireguard";
import { implement } from "../resource";
import { generateWireGuardKeyPair } from "../wireguard";
import { foreseeGeneration, isAnother, keepGeneration } from "./generation";

/** A machine's WireGuard key pair. */
export const wireGuardKey = implement(WIREGUARD_KEY, {
  check: keepGeneration,
  async create() {
    const pair = generateWireGuardKeyPair();
    return { id: pair.publicKey, outputs: pair };
  },
  async update(_id, { outputs, before, inputs }) {
    return isAnother(before, inputs) ? generateWireGuardKeyPair() : outputs;
  },
  foresee: foreseeGeneration(
    ["publicKey", "privateKey"],
    "another WireGuard key: no other node reaches this one until both know of it",
  ),
});
