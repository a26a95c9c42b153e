import { generateKeyPairSync } from "node:crypto";

export interface WireGuardKeyPair {
  /** 32 bytes in base64, as `wg genkey` prints it. Secret. */
  privateKey: string;
  /** 32 bytes in base64, as `wg pubkey` prints it. */
  publicKey: string;
}

/** Makes a Curve25519 key pair in the form that WireGuard's programs and NixOS take. */
export function generateWireGuardKeyPair(): WireGuardKeyPair {
  const jwk = generateKeyPairSync("x25519").privateKey.export({ format: "jwk" });
  const scalar = Buffer.from(jwk.d!, "base64url");
  // As `wg genkey` does it. Multiplication clamps anyway, so the public half is the same; but `wg show` tells the
  // clamped form, and two forms of one key would look like two keys.
  scalar[0] &= 248;
  scalar[31] = (scalar[31] & 127) | 64;
  return {
    privateKey: scalar.toString("base64"),
    publicKey: Buffer.from(jwk.x!, "base64url").toString("base64"),
  };
}
