import type { WireGuardKeyPair } from "../wireguard";
import { declare } from "./declare";
import { GenerationInputs } from "./generation";

export const WIREGUARD_KEY = declare<GenerationInputs, WireGuardKeyPair>({
  type: "kluster-provider:wireguard:KeyPair",
  outputs: { publicKey: "plain", privateKey: "secret" },
  secretInputs: [],
});
