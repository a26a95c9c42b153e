import { systemClock } from "../clock";
import { connect, ConnectOptions, Session } from "./connection";
import { Login, where } from "./endpoint";
import { SshError, SshFailure } from "./error";

export interface WaitOptions {
  /** Milliseconds from now after which waiting ends with the last reason. */
  deadline: number;
  /** Told why there is no login yet, each reason once: a machine that boots goes to and fro between some. */
  onWait?: (reason: string) => void;
  signal?: AbortSignal;
  /**
   * Milliseconds for which a wrong host key or a refused key is tolerated too, counted from the first time in a
   * row. For the moments in which that can pass: another system is just going down at this address, or its SSH
   * server came up before its keys. Default 0: such a refusal ends the wait.
   */
  grace?: number;
}

const firstPause = 100;
const longestPause = 1000;

/** A machine that is off often swallows packets; better ask anew than wait for TCP's own ever slower retries. */
const dialTimeout = 2000;
/** A machine that boots on one busy processor may take this long for a login. */
const loginTimeout = 15_000;

/** Reasons that do not pass by themselves. */
const refusals: SshFailure[] = ["host-key", "authentication"];

/**
 * Logs in as soon as the machine lets us, asking often at first and every second later.
 *
 * @throws SshError with the last reason when the time is up, or at once (see {@link WaitOptions.grace}) when the
 *   machine answers but is not the pinned one or does not accept the key
 */
export async function waitForSsh(
  login: Login,
  options: WaitOptions,
  attempt: (login: Login, options: ConnectOptions) => Promise<Session> = connect,
): Promise<Session> {
  const { deadline, onWait, signal, grace = 0 } = options;
  const start = Date.now();
  const remaining = () => start + deadline - Date.now();
  const told = new Set<string>();
  let refusedSince: number | undefined;
  let cause: SshError | undefined;

  for (let pause = firstPause; ; pause = Math.min(pause * 1.5, longestPause)) {
    const timeout = Math.max(1, Math.min(loginTimeout, remaining()));
    try {
      signal?.throwIfAborted();
      return await attempt(login, { timeout, dialTimeout: Math.min(timeout, dialTimeout), signal });
    } catch (error) {
      if (!(error instanceof SshError)) throw error;
      if (refusals.includes(error.reason)) {
        refusedSince ??= Date.now();
        if (Date.now() - refusedSince >= grace) throw error;
      } else {
        refusedSince = undefined;
      }
      // An attempt that the deadline has cut short says nothing of the machine.
      const cutShort = error.reason === "timeout" && timeout < dialTimeout;
      if (!cause || !cutShort) cause = error;
      if (!told.has(cause.message)) onWait?.(cause.message);
      told.add(cause.message);
      if (remaining() <= pause) {
        throw new SshError(
          cause.reason,
          `No SSH login as ${login.user} on ${where(login)} within ${deadline / 1000} s. The last attempt: ${cause.message}`,
        );
      }
    }
    await systemClock.sleep(pause, signal);
  }
}
