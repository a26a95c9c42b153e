import { Resource } from "../resource";
import { generateWireGuardKeyPair, WireGuardKeyPair } from "../wireguard";

/** A machine's WireGuard key pair. */
export const wireGuardKey: Resource<object, WireGuardKeyPair> = {
  type: "kluster-provider:wireguard:KeyPair",
  secrets: ["privateKey"],
  outputs: ["publicKey", "privateKey"],
  async create() {
    const pair = generateWireGuardKeyPair();
    return { id: pair.publicKey, outputs: pair };
  },
};
