import { createHash } from "node:crypto";

/*
 * Identifiers that must be the same at every run and differ between stacks, derived from the stack's random
 * identity. Being known at plan time, they let a preview evaluate NixOS, and a run that was killed find the
 * machines that it had begun.
 */

/** A UUID (RFC 9562, version 8: derived by a rule of our own) for a purpose of a host. */
export function deriveUuid(stackIdentity: string, host: string, purpose: string): string {
  const bytes = digest(stackIdentity, host, purpose).subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x80;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** A MAC address with VirtualBox's own prefix 08:00:27, with colons, in lower case. */
export function deriveMac(stackIdentity: string, host: string, purpose: string): string {
  const bytes = digest(stackIdentity, host, purpose).subarray(0, 3);
  return ["08", "00", "27", ...bytes.toString("hex").match(/../g)!].join(":");
}

function digest(...words: string[]): Buffer {
  return createHash("sha256").update(words.join("\0")).digest();
}
