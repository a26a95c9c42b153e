import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { utils } from "ssh2";
import { field, FieldReader, uint32 } from "./wire";

const keyType = "ssh-ed25519";

export interface SshKeyPair {
  /** OpenSSH PEM, without a passphrase: what /etc/ssh/ssh_host_ed25519_key or ~/.ssh/id_ed25519 hold. Secret. */
  privateKey: string;
  /** One line as in authorized_keys: type, base64, comment. */
  publicKey: string;
}

/** What an authorized_keys line says. */
export interface SshPublicKey {
  type: "ssh-ed25519";
  /** The key as it travels on the wire. */
  blob: Buffer;
  comment: string;
}

/**
 * Makes an ed25519 key pair; serves as client key and as host key.
 *
 * Not ssh2's generator: some of the pairs that version 1.17 makes are broken (it takes leading
 * zero bytes off the public half), and OpenSSH refuses those.
 *
 * @param comment says whose key it is; people read it in authorized_keys. One line of printable characters.
 */
export function generateSshKeyPair(comment: string): SshKeyPair {
  if (!/^[\x20-\x7e]*$/.test(comment) || comment !== comment.trim()) {
    throw new Error(
      `The comment of an SSH key must be one line of printable ASCII, but is ${JSON.stringify(comment)}`,
    );
  }
  const { privateKey } = generateKeyPairSync("ed25519");
  const jwk = privateKey.export({ format: "jwk" });
  const publicHalf = Buffer.from(jwk.x!, "base64url");
  const seed = Buffer.from(jwk.d!, "base64url");
  const blob = Buffer.concat([field(keyType), field(publicHalf)]);
  return { privateKey: pem(blob, publicHalf, seed, comment), publicKey: line(blob, comment) };
}

/**
 * The public half, as an authorized_keys line, of a private key in OpenSSH PEM.
 * @throws Error when the text is no such key, has a passphrase or is of another type; the text is never repeated.
 */
export function publicKeyOf(privateKey: string): string {
  const key = parsePrivateKey(privateKey);
  return line(key.getPublicSSH(), key.comment);
}

/** @throws Error as {@link publicKeyOf} */
export function parsePrivateKey(privateKey: string) {
  const key = utils.parseKey(privateKey);
  if (key instanceof Error || !key.isPrivateKey()) {
    throw new Error(
      "The SSH private key cannot be read: it must be an ed25519 key in OpenSSH's format without a passphrase" +
        (key instanceof Error ? ` (${key.message})` : ", and this is a public key"),
    );
  }
  if (key.type !== keyType) {
    throw new Error(`The SSH private key is of type ${key.type}, but only ${keyType} is supported`);
  }
  return key;
}

/** @throws Error when the line is not an ssh-ed25519 key as authorized_keys has it */
export function parsePublicKey(publicKey: string): SshPublicKey {
  const allowed = `it must be one line "${keyType} <base64> [comment]"`;
  const [type, base64, ...comment] = publicKey.trim().split(/[ \t]+/);
  if (/[\r\n]/.test(publicKey.trim()) || type !== keyType || !/^[A-Za-z0-9+/]+=*$/.test(base64 ?? "")) {
    throw new Error(`The SSH public key ${JSON.stringify(excerpt(publicKey))} cannot be read: ${allowed}`);
  }
  const blob = Buffer.from(base64, "base64");
  if (!isEd25519(blob)) {
    throw new Error(
      `The SSH public key ${JSON.stringify(excerpt(publicKey))} is damaged: ${allowed}, with a key of 32 bytes`,
    );
  }
  return { type, blob, comment: comment.join(" ") };
}

/** The form in which `ssh` and `ssh-keygen -l` show a key: SHA256:… of the key as it travels on the wire. */
export function fingerprint(key: Buffer | string): string {
  const blob = typeof key === "string" ? parsePublicKey(key).blob : key;
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

function isEd25519(blob: Buffer): boolean {
  try {
    const reader = new FieldReader(blob);
    return reader.field().toString() === keyType && reader.field().length === 32 && blob.length === 51;
  } catch {
    return false;
  }
}

function line(blob: Buffer, comment: string): string {
  return `${keyType} ${blob.toString("base64")} ${comment}`.trimEnd();
}

/** The layout is OpenSSH's PROTOCOL.key, with no cipher and no key derivation. */
function pem(blob: Buffer, publicHalf: Buffer, seed: Buffer, comment: string): string {
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    blob,
    field(Buffer.concat([seed, publicHalf])),
    field(comment),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, i) => i + 1));
  const content = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    field("none"),
    field("none"),
    field(""),
    uint32(1),
    field(blob),
    field(Buffer.concat([secret, padding])),
  ]);
  const lines = content.toString("base64").match(/.{1,70}/g)!;
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join(
    "\n",
  );
}

/** Enough of a wrong value to recognise it by; a private key pasted in the wrong place must not be repeated. */
function excerpt(text: string): string {
  return text.includes("PRIVATE") ? "(a private key)" : text.trim().slice(0, 40);
}
