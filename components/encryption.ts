/**
 * How the API server keeps Secrets in etcd (EncryptionConfiguration, apiserver.config.k8s.io/v1): encrypted with the key,
 * which is named so that another one can stand beside it; what is in plain text from before is read, too.
 * @param key 32 bytes in base64, and the id that it is named by
 */
export function encryptionConfig({ id, key }: { id: string; key: string }): string {
  return `${JSON.stringify({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [
      {
        resources: ["secrets"],
        providers: [{ secretbox: { keys: [{ name: id, secret: key }] } }, { identity: {} }],
      },
    ],
  })}\n`;
}
