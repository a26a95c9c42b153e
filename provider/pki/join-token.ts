import { randomBytes } from "node:crypto";

/**
 * Makes the token by which nodes prove to the cluster's certificate server that they belong: 128 random bits as 32
 * lower-case hex digits. NixOS's own scripts take exactly 32 characters.
 */
export function createJoinToken(): string {
  return randomBytes(16).toString("hex");
}

/** Whether a text has the form of a join token. */
export function isJoinToken(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}
