import { randomBytes } from "node:crypto";
import { ENCRYPTION_KEY } from "../declarations/kubernetes";
import { encryptionKeyId } from "../kubernetes/encryption";
import { implement } from "../resource";
import { foreseeGeneration, isAnother, keepGeneration, lacksEarlier } from "./generation";

/** The key that the API server encrypts Secrets with before they go to etcd: 32 bytes in base64. */
export const encryptionKey = implement(ENCRYPTION_KEY, {
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
});

const newKey = () => randomBytes(32).toString("base64");
