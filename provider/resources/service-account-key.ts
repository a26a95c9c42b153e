import { createHash } from "node:crypto";
import { createServiceAccountKey, SigningKey } from "../pki";
import { Resource } from "../resource";

/** The key that signs the tokens of service accounts. With another one, all of them have to be made anew. */
export const serviceAccountKey: Resource<object, SigningKey> = {
  type: "kluster-provider:pki:ServiceAccountKey",
  secrets: ["privateKey"],
  outputs: ["publicKey", "privateKey"],
  async create() {
    const outputs = await createServiceAccountKey();
    return { id: createHash("sha256").update(outputs.publicKey).digest("hex").slice(0, 16), outputs };
  },
};
