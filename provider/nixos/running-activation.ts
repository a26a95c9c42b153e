import { setTimeout as sleep } from "node:timers/promises";
import { Session, SshError } from "../ssh";
import { Scripts } from "./scripts";

/** Longer than a machine supervises one: two switches of at most ten minutes, and what lies between. */
const DEADLINE = 1_500_000;
const PAUSE = 1_000;

/**
 * Logs in when no activation runs on the machine any more. An earlier run that was killed may have left one, which ends by
 * itself: it goes back when nobody confirms it.
 * @param open logs in
 * @throws Error that says what still goes on
 */
export async function whenNoneRuns(
  scripts: Scripts,
  open: () => Promise<Session>,
  status: (message: string) => void,
  { deadline, pause } = { deadline: DEADLINE, pause: PAUSE },
): Promise<Session> {
  const end = Date.now() + deadline;
  let session: Session | undefined;
  for (;;) {
    try {
      session ??= await open();
      const running = (await scripts.run(session, "running-activation.sh", [])).trim();
      if (!running) return session;
      status(`waiting for the end of an earlier activation: ${running}`);
      if (Date.now() > end) {
        throw new Error(
          `an earlier activation still goes on after ${deadline / 1000} s (${running}); see journalctl -u kluster-activate on the machine`,
        );
      }
    } catch (error) {
      session?.close();
      // It may take the connection down with it. A login that is not available is told by `open`.
      if (!(error instanceof SshError) || !session || Date.now() > end) throw error;
      session = undefined;
    }
    await sleep(pause);
  }
}
