import { createHash, createPublicKey, KeyObject } from "node:crypto";
import { generateKeys, privateKeyPem } from "./certificate";

/** A key pair in PEM; the private half is secret. */
export interface SigningKey {
  publicKey: string;
  privateKey: string;
}

/**
 * Makes the key that the API server signs the tokens of service accounts with. It is no certificate: whoever has the
 * public half can check a token, and nothing else.
 */
export async function createServiceAccountKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeys();
  return {
    publicKey: KeyObject.from(publicKey).export({ type: "spki", format: "pem" }) as string,
    privateKey: privateKeyPem(privateKey),
  };
}

/**
 * By what a token (JWT) names the key that has signed it, its "kid": the SHA-256 of the public key's DER
 * (kubernetes, pkg/serviceaccount/jwt.go).
 * @param publicKey PEM
 */
export function tokenKeyId(publicKey: string): string {
  const der = createPublicKey(publicKey).export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("base64url");
}
