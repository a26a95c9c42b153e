/**
 * Why SSH failed, in the terms by which callers decide what to do:
 * - refused: the address answers, but nobody listens on the port
 * - unreachable: no way to the address, or the name does not resolve
 * - timeout: no answer within the time limit
 * - host-key: somebody answers, but not with the pinned key
 * - authentication: the right machine, but it does not accept our key
 * - closed: there was a connection and it is gone
 */
export type SshFailure = "refused" | "unreachable" | "timeout" | "host-key" | "authentication" | "closed";

/** The message names the endpoint and what happened; it never holds a key or what was sent as input. */
export class SshError extends Error {
  constructor(
    readonly reason: SshFailure,
    message: string,
  ) {
    super(message);
    this.name = "SshError";
  }
}

const byCode: Record<string, SshFailure> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  EHOSTDOWN: "unreachable",
  ENETDOWN: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  EACCES: "unreachable", // a firewall of this box forbids it
  EPERM: "unreachable",
  ENOTFOUND: "unreachable",
  EAI_AGAIN: "unreachable",
  ETIMEDOUT: "timeout",
};

/** What an error of a socket or of the ssh2 library means. What is not known otherwise is a lost connection. */
export function failureOf(error: Error & { code?: unknown; level?: unknown }): SshFailure {
  if (error.level === "client-authentication") return "authentication";
  if (error.level === "client-timeout") return "timeout";
  // A server without an ed25519 host key is not the pinned one, whoever it is.
  if (error.level === "handshake" && /host key format|host denied/i.test(error.message)) return "host-key";
  return byCode[String(error.code)] ?? "closed";
}
