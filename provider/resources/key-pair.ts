import { fingerprint, generateSshKeyPair } from "../keys";
import { Resource } from "../resource";

/**
 * An Ed25519 key pair. The comment is part of the public key's line and says whose it is: with another comment it is
 * another key, so that nothing ever goes on with the key of something else.
 */
export const keyPair: Resource<{ comment: string }, { publicKey: string; privateKey: string }> = {
  type: "kluster-provider:ssh:KeyPair",
  secrets: ["privateKey"],
  outputs: ["publicKey", "privateKey"],
  replaceOn: ["comment"],
  async create({ comment }) {
    const { publicKey, privateKey } = generateSshKeyPair(comment);
    return { id: fingerprint(publicKey), outputs: { publicKey, privateKey } };
  },
};
