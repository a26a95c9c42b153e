import { KEY_PAIR } from "../declarations/ssh";
import { fingerprint, generateSshKeyPair } from "../keys";
import { implement } from "../resource";
import { foreseeGeneration, isAnother, keepGeneration, lacksEarlier } from "./generation";

/** Machines follow in the same run; only runs that fail, one after the other, leave some behind. */
const REMEMBERED = 3;

/**
 * An Ed25519 key pair. The comment is part of the public key's line and says whose it is: with another comment it is
 * another key, so that nothing ever goes on with the key of something else.
 */
export const keyPair = implement(KEY_PAIR, {
  replaceOn: ["comment"],
  check: keepGeneration,
  differs: lacksEarlier,
  async create({ comment }) {
    const { publicKey, privateKey } = generateSshKeyPair(comment);
    return { id: fingerprint(publicKey), outputs: { publicKey, privateKey, earlier: [] } };
  },
  async update(_id, { outputs, before, inputs }) {
    const { publicKey, privateKey, earlier = [] } = outputs;
    if (!isAnother(before, inputs)) return { ...outputs, earlier };
    const followed = [{ publicKey, privateKey }, ...earlier].slice(0, REMEMBERED);
    return { ...generateSshKeyPair(inputs.comment), earlier: followed };
  },
  foresee: foreseeGeneration(["publicKey", "privateKey", "earlier"]),
});
