import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";

/*
 * Files that only somebody with a key can read, in the format age (https://age-encryption.org/v1): `age -d` opens
 * them, too, when nothing of this program is left.
 */

// Loaded when it is used: most runs of the provider do not, and it takes a twentieth of a second.
const library = () => import("age-encryption");
const passphrases = () => import("./age-passphrase");

/** What encrypts: keys of their readers (age1…), or a passphrase. */
export type Lock = { recipients: readonly string[] } | { passphrase: string };
/** What decrypts: one of their keys (AGE-SECRET-KEY-1…), or the passphrase. */
export type Opener = { identities: readonly string[] } | { passphrase: string };

/** What is in it was changed, or it is opened with another key. The message says nothing of either. */
export class AgeError extends Error {}

/** A new key of a reader, and by what is encrypted for it. */
export async function newAgeKey(): Promise<{ identity: string; recipient: string }> {
  const { generateX25519Identity, identityToRecipient } = await library();
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** @returns the encrypted stream; it fails where the plain one does */
export async function encrypt(plain: Readable, lock: Lock): Promise<Readable> {
  const { Encrypter } = await library();
  const encrypter = new Encrypter();
  if ("passphrase" in lock)
    encrypter.addRecipient((await passphrases()).passphraseRecipient(lock.passphrase));
  else for (const recipient of lock.recipients) encrypter.addRecipient(recipient);
  return fromWeb(await encrypter.encrypt(toWeb(plain)));
}

/**
 * @returns the plain stream; it fails where something was changed, after all that is whole before it
 * @throws AgeError where it is no such file, or not for this key
 */
export async function decrypt(sealed: Readable, opener: Opener): Promise<Readable> {
  const { Decrypter } = await library();
  const decrypter = new Decrypter();
  if ("passphrase" in opener)
    decrypter.addIdentity((await passphrases()).passphraseIdentity(opener.passphrase));
  else for (const identity of opener.identities) decrypter.addIdentity(identity);
  try {
    return fromWeb(await decrypter.decrypt(toWeb(sealed)));
  } catch (error) {
    sealed.destroy();
    throw new AgeError((error as Error).message);
  }
}

// The library is made for browsers, too, and has their types.
const toWeb = (stream: Readable) => Readable.toWeb(stream) as never;
const fromWeb = (stream: unknown) => Readable.fromWeb(stream as ReadableStream<Uint8Array>);
