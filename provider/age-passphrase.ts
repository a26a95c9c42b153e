import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";
import { promisify } from "node:util";
import { type Identity, type Recipient, Stanza } from "age-encryption";

/*
 * age's passphrases (https://age-encryption.org/v1, "scrypt recipient stanza") by Node's own scrypt: the library has one in
 * JavaScript, which takes several seconds and was seen to take minutes.
 */

/** Of the work: 2^18 is what age itself takes, and half a second. */
const WORK = 18;
/** What a file may ask for at most, as age's own limit. */
const MOST = 22;
const FILE_KEY = 16;
const TAG = 16;
const NONCE = Buffer.alloc(12); // each key is used once

const base64 = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");

function keyOf(passphrase: string, salt: Buffer, work: number): Promise<Buffer> {
  const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);
  const cost = 2 ** work;
  const salted = Buffer.concat([Buffer.from("age-encryption.org/v1/scrypt"), salt]);
  return derive(passphrase, salted, 32, { N: cost, r: 8, p: 1, maxmem: 128 * 8 * cost + 2 ** 20 });
}

export const passphraseRecipient = (passphrase: string, work = WORK): Recipient => ({
  async wrapFileKey(fileKey) {
    const salt = randomBytes(16);
    const key = await keyOf(passphrase, salt, work);
    const cipher = createCipheriv("chacha20-poly1305", key, NONCE, { authTagLength: TAG });
    const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
    return [new Stanza(["scrypt", base64(salt), String(work)], new Uint8Array(body))];
  },
});

export const passphraseIdentity = (passphrase: string): Identity => ({
  async unwrapFileKey(stanzas) {
    const [stanza, ...others] = stanzas;
    if (stanza?.args[0] !== "scrypt") return null;
    const [, salt, work] = stanza.args;
    const body = Buffer.from(stanza.body);
    if (others.length > 0 || !/^[1-9][0-9]?$/.test(work) || body.length !== FILE_KEY + TAG)
      throw new Error("it is no age file of a passphrase");
    if (Number(work) > MOST)
      throw new Error(`it asks for 2^${work} steps for its passphrase, which is too many`);
    const key = await keyOf(passphrase, Buffer.from(salt, "base64"), Number(work));
    const decipher = createDecipheriv("chacha20-poly1305", key, NONCE, { authTagLength: TAG });
    decipher.setAuthTag(body.subarray(FILE_KEY));
    try {
      return new Uint8Array(Buffer.concat([decipher.update(body.subarray(0, FILE_KEY)), decipher.final()]));
    } catch {
      return null; // another passphrase
    }
  },
});
