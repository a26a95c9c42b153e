import { createHash } from "node:crypto";

/** By which Kubernetes and the program tell one key from another; says nothing of the key. */
export const encryptionKeyId = (key: string): string =>
  createHash("sha256").update(key).digest("hex").slice(0, 16);

/**
 * How the API server keeps Secrets in etcd (EncryptionConfiguration, apiserver.config.k8s.io/v1): encrypted with the first
 * key; what the others have encrypted, and what is in plain text from before, is read, too.
 * @param keys 32 bytes in base64 each; each is named by its id
 */
export function encryptionConfig(keys: readonly string[]): string {
  const named = keys.map((key) => ({ name: encryptionKeyId(key), secret: key }));
  return `${JSON.stringify({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [
      {
        resources: ["secrets"],
        providers: [{ secretbox: { keys: named } }, { identity: {} }],
      },
    ],
  })}\n`;
}
