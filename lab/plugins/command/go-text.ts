/** Text as Go's %q writes it, in which the official plugin quotes commands. */
export const goQuote = (text: string): string =>
  JSON.stringify(text)
    .replace(/\\u0007/g, "\\a")
    .replace(/\\u000b/g, "\\v")
    .replace(/\\u00([01].)/g, "\\x$1")
    .replace(/\x7f/g, "\\x7f");

const ERRNO: Record<string, string> = {
  EACCES: "permission denied",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ENOENT: "no such file or directory",
  ENOTDIR: "not a directory",
  EPIPE: "broken pipe",
  ETIMEDOUT: "connection timed out",
};

/** A system error as Go says it. */
export const goErrno = (error: NodeJS.ErrnoException): string => ERRNO[error.code ?? ""] ?? error.message;

const SIGNALS: Partial<Record<NodeJS.Signals, string>> = {
  SIGABRT: "aborted",
  SIGHUP: "hangup",
  SIGINT: "interrupt",
  SIGKILL: "killed",
  SIGPIPE: "broken pipe",
  SIGQUIT: "quit",
  SIGSEGV: "segmentation fault",
  SIGTERM: "terminated",
};

/** How a process on this machine ended, as Go says it. */
export const goExit = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal ? `signal: ${SIGNALS[signal] ?? signal}` : `exit status ${code}`;
