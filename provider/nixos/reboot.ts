import { systemClock } from "../clock";
import { Login, SshError, waitForSsh, withSession } from "../ssh";
import { probe } from "./probe";
import { Scripts } from "./scripts";
import { Patience } from "../resource";

/** Milliseconds. */
export interface RebootTimes {
  /** Firmware, kernel and units on a slow machine; more means that it does not come back. */
  boot: number;
  /** A login. */
  login: number;
  pause: number;
}

const TIMES: RebootTimes = { boot: 600_000, login: 60_000, pause: 500 };

/**
 * Reboots a machine into the system that it is to run, and waits until it has come back.
 * @returns the id of its new boot
 * @throws Error when it does not come back in time, or with another system
 */
export async function reboot(
  scripts: Scripts,
  login: Login,
  { machine, storePath }: { machine: string; storePath: string },
  { status, signal }: Patience,
  times: RebootTimes = TIMES,
): Promise<string> {
  const open = (deadline: number, onWait?: (reason: string) => void) =>
    waitForSsh(login, { deadline, onWait, signal, grace: times.login });
  const before = await withSession(open(times.login), async (session) => {
    const { bootId } = await probe(scripts, session);
    status("rebooting");
    // It may take the connection down before the script has ended; whether it went down is seen next.
    await scripts.run(session, "reboot.sh", []).catch((error) => {
      if (!(error instanceof SshError)) throw error;
    });
    return bootId;
  });
  const end = Date.now() + times.boot;
  let last = "it has not gone down";
  while (Date.now() < end) {
    signal.throwIfAborted();
    const onWait = (reason: string) => status(`waiting for the reboot: ${(last = reason)}`);
    const now = await withSession(open(Math.max(1, end - Date.now()), onWait), (session) =>
      probe(scripts, session),
    ).catch((error) => {
      if (!(error instanceof SshError)) throw error;
      last = error.message; // it goes down under the question
      return undefined;
    });
    if (now && now.bootId !== before) {
      if (now.system === storePath) return now.bootId;
      throw new Error(
        `${machine} has rebooted, and runs ${now.system || "no NixOS system"} and not ${storePath}: its boot loader has taken another entry. \`pulumi up\` activates the wanted one again`,
      );
    }
    await systemClock.sleep(times.pause, signal);
  }
  throw new Error(
    `${machine} has not come back within ${times.boot / 1000} s since it was told to reboot (${last}). Its system had proved itself before that and is the boot default; its console says how far it came. When it answers, \`pulumi up\` goes on`,
  );
}
