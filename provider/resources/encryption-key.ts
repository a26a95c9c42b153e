import { createHash, randomBytes } from "node:crypto";
import { Resource } from "../resource";

/** The key that the API server encrypts Secrets with before they go to etcd: 32 bytes in base64. */
export const encryptionKey: Resource<object, { key: string }> = {
  type: "kluster-provider:kubernetes:EncryptionKey",
  secrets: ["key"],
  outputs: ["key"],
  async create() {
    const key = randomBytes(32).toString("base64");
    return { id: createHash("sha256").update(key).digest("hex").slice(0, 16), outputs: { key } };
  },
};
