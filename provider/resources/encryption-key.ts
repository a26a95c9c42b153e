import { randomBytes } from "node:crypto";
import { encryptionKeyId } from "../kubernetes/encryption";
import { Resource } from "../resource";
import { foreseeGeneration, GenerationInputs, isAnother, keepGeneration, lacksEarlier } from "./generation";

interface EncryptionKeyOutputs {
  key: string;
  /** Those that it has followed, the latest first. */
  earlier?: string[];
}

/** The key that the API server encrypts Secrets with before they go to etcd: 32 bytes in base64. */
export const encryptionKey: Resource<GenerationInputs, EncryptionKeyOutputs> = {
  type: "kluster-provider:kubernetes:EncryptionKey",
  secrets: ["key", "earlier"],
  outputs: ["key", "earlier"],
  check: keepGeneration,
  differs: lacksEarlier,
  async create() {
    const key = newKey();
    return { id: encryptionKeyId(key), outputs: { key, earlier: [] } };
  },
  async update(_id, { outputs: { key, earlier = [] }, before, inputs }) {
    return isAnother(before, inputs) ? { key: newKey(), earlier: [key, ...earlier] } : { key, earlier };
  },
  foresee: foreseeGeneration(
    ["key", "earlier"],
    "another key for Secrets: all of them are written anew, and the API is away twice for some seconds",
  ),
};

const newKey = () => randomBytes(32).toString("base64");
