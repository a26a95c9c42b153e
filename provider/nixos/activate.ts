import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, Login, Session, SshError, waitForSsh, withSession } from "../ssh";
import { Scripts } from "./scripts";

const ACTIVATION_TIMEOUT = 600_000;
/** A new system has this long to let the operator in. */
const LOGIN_DEADLINE = 60_000;
const POLL_INTERVAL = 300;

/** How a machine is reached before and after an activation, which may change its address. */
export interface Logins {
  before: Login;
  after: Login;
}

/** The new system could not be activated, or does not answer as it should. */
export class ActivationError extends Error {}

/**
 * Switches a machine to a system that has been copied to it, in the order that leaves the boot default alone
 * until the new system has proved itself: test, then a fresh login that finds it running, then commit.
 * @returns what to warn of: units that failed although the system is active
 * @throws ActivationError with switch-to-configuration's own words
 */
export async function activate(
  scripts: Scripts,
  logins: Logins,
  storePath: string,
  status: (message: string) => void,
): Promise<string[]> {
  const attempt = randomBytes(8).toString("hex");
  status(`activating ${storePath}`);
  const settle = await scripts.text("settle-secrets.sh");
  await withSession(patiently(logins.before, status), (session) =>
    scripts.run(session, "activate.sh", [storePath, attempt], { stdin: settle }),
  );
  const { code, log } = await activationResult(scripts, logins, attempt);
  const warnings = judge(code, log, storePath);

  status("proving that it answers a fresh login");
  await withSession(patiently(logins.after, status), async (session) => {
    const running = (
      await session.exec("readlink -f /run/current-system", { timeout: 30_000 })
    ).stdout.trim();
    if (running !== storePath) {
      throw new ActivationError(
        `after the activation of ${storePath} the machine runs ${running || "nothing"}`,
      );
    }
    status("making it the system of the next boot");
    await scripts.run(session, "commit-system.sh", [storePath], { timeout: 120_000 });
  });
  return warnings;
}

/** What an exit code of switch-to-configuration means (nixpkgs, switch-to-configuration-ng). */
export function judge(code: number, log: string, storePath: string): string[] {
  switch (code) {
    case 0:
      return [];
    case 4: // active, but some unit is failed: on Kubernetes machines often one that waits for its certificate
      return [`activated, with failed units:\n${log.trim()}`];
    case 100:
      throw new ActivationError(
        `${storePath} cannot be activated on the running machine, only by a reboot: its init differs.\n${log.trim()}`,
      );
    default:
      throw new ActivationError(
        `switch-to-configuration test of ${storePath} ended with ${code}; the boot default is still the old system.\n${log.trim()}`,
      );
  }
}

async function activationResult(
  scripts: Scripts,
  logins: Logins,
  attempt: string,
): Promise<{ code: number; log: string }> {
  const deadline = Date.now() + ACTIVATION_TIMEOUT;
  let [login, other] = [logins.before, logins.after];
  let session: Session | undefined;
  try {
    while (Date.now() < deadline) {
      try {
        session ??= await connect(login, { timeout: 5_000 });
        // An address that has just gone takes its connection with it without a word.
        const answer = await scripts.run(session, "activation-result.sh", [attempt], { timeout: 5_000 });
        const [code, ...log] = answer.split("\n");
        if (code) return { code: Number(code), log: log.join("\n") };
      } catch (error) {
        if (!(error instanceof SshError)) throw error; // sshd or the network restarts: log in again
        session?.close();
        session = undefined;
        [login, other] = [other, login];
      }
      await sleep(POLL_INTERVAL);
    }
  } finally {
    session?.close();
  }
  throw new ActivationError(
    `switch-to-configuration had not ended after ${ACTIVATION_TIMEOUT / 1000} s; see journalctl -u kluster-activate-${attempt} on the machine`,
  );
}

function patiently(login: Login, status: (message: string) => void): Promise<Session> {
  return waitForSsh(login, {
    deadline: LOGIN_DEADLINE,
    onWait: (reason) => status(`waiting for a login: ${reason}`),
  });
}
