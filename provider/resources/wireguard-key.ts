import { Resource } from "../resource";
import { generateWireGuardKeyPair, WireGuardKeyPair } from "../wireguard";
import { foreseeGeneration, GenerationInputs, isAnother, keepGeneration } from "./generation";

/** A machine's WireGuard key pair. */
export const wireGuardKey: Resource<GenerationInputs, WireGuardKeyPair> = {
  type: "kluster-provider:wireguard:KeyPair",
  secrets: ["privateKey"],
  outputs: ["publicKey", "privateKey"],
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
};
