import { createPrivateKey, KeyObject, randomBytes, webcrypto, X509Certificate } from "node:crypto";

/** A certificate and the key that belongs to it, both PEM; the key is PKCS#8 and secret. */
export interface Identity {
  certificate: string;
  privateKey: string;
}

export const dayInMilliseconds = 24 * 60 * 60 * 1000;

/**
 * How long before "now" a certificate begins (ms). The clock of a machine that has just booted may be behind ours
 * until its time service has set it, and an API server that refuses our certificate then looks broken.
 */
export const backdating = 60 * 60 * 1000;

/**
 * ECDSA on P-256: made in no time, small, and taken by everything that meets it (etcd, Kubernetes, kubectl, curl,
 * browsers), which can't be said of ed25519.
 */
export const keyAlgorithm = { name: "ECDSA", namedCurve: "P-256" };
export const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" };

export async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"]);
}

export function privateKeyPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: "pkcs8", format: "pem" }) as string;
}

/** 126 random bits after two fixed ones: positive, never shorter than 16 bytes, never twice the same. */
export function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] & 0x3f) | 0x40;
  return bytes.toString("hex");
}

/** @throws Error when the text is no certificate in PEM; names it by `what` */
export function readCertificate(pem: string, what: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new Error(
      `${what} cannot be read: it must be an X.509 certificate in PEM (${(error as Error).message})`,
    );
  }
}

/** @throws Error when the text is no private key in PEM without a passphrase; the text is never repeated */
export function readPrivateKey(pem: string, what: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new Error(
      `${what} cannot be read: it must be PEM without a passphrase (${(error as Error).message})`,
    );
  }
}
