import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, Login, Session, SshError, waitForSsh, withSession } from "../ssh";
import { ActivationError, ActivationState, judge, parseActivationState } from "./activation-state";
import { Scripts } from "./scripts";
import { Delivery, placement } from "./secrets";

/** How a machine is reached before and after an activation, which may change its address. */
export interface Logins {
  before: Login;
  after: Login;
}

/** What is activated. */
export interface Activation {
  storePath: string;
  /** Are placed by the machine, just before; those that were there come back with the system that was there. */
  secrets: Delivery;
}

/** How long things may take, in milliseconds. */
export interface ActivationTimes {
  /** What switch-to-configuration gets; units that start may take minutes. */
  switch: number;
  /** What a new login has from then on; without it the machine goes back. */
  confirm: number;
  /** A machine that says nothing for so long has not come back: more than to confirm, to go back and to restart. */
  silence: number;
  /** What systemd gets to start the unit. */
  start: number;
  /** A login for the start, on a machine that answered a moment ago. */
  login: number;
  /** Between two looks. */
  pause: number;
}

const TIMES: ActivationTimes = {
  switch: 600_000,
  confirm: 75_000,
  silence: 300_000,
  start: 30_000,
  login: 60_000,
  pause: 300,
};

/** What scripts/supervise-activation.sh runs on the machine. */
const SCRIPTS = [
  ...["supervise-activation.sh", "unit-health.sh", "reachable.sh", "commit-system.sh"],
  ...["keep-secrets.sh", "place-secrets.sh", "settle-secrets.sh"],
];

/**
 * Switches a machine to a system that has been copied to it. The machine supervises that by itself, and goes back unless a
 * new login confirms that the system lets the operator in: whatever becomes of this program and its connection.
 * @returns what to warn of: units that are failed, as they were before
 * @throws ActivationError that says why, in the machine's own words, and what it runs now
 */
export async function activate(
  scripts: Scripts,
  logins: Logins,
  { storePath, secrets }: Activation,
  status: (message: string) => void,
  times: ActivationTimes = TIMES,
): Promise<string[]> {
  const attempt = randomBytes(8).toString("hex");
  const seconds = (milliseconds: number) => Math.ceil(milliseconds / 1000);
  const limits = { switch: seconds(times.switch), confirm: seconds(times.confirm) };
  status(`activating ${storePath}`);
  const stdin = await attemptFiles(scripts, placement(secrets));
  const opening = waitForSsh(logins.before, {
    deadline: times.login,
    onWait: (reason) => status(`waiting for a login: ${reason}`),
  });
  const lost = await withSession(opening, (session) =>
    scripts.run(session, "activate.sh", [storePath, attempt, `${limits.switch}`, `${limits.confirm}`], {
      stdin,
    }),
  ).then(
    () => undefined,
    (error) => {
      // Without an answer it may have begun all the same.
      if (error instanceof SshError && ["closed", "timeout"].includes(error.reason)) return error;
      throw error;
    },
  );
  const { state, lastFailure } = await decision(scripts, logins, { attempt, storePath }, status, times);
  if (lost && state.phase === "") throw lost;
  // The machine looks for its old address, and misses it where it was to have another.
  const moved = logins.before.address !== logins.after.address && state.cause === "unconfirmed";
  return judge(moved ? { ...state, why: "" } : state, { storePath, ...limits, lastFailure });
}

/** What scripts/activate.sh reads. */
async function attemptFiles(scripts: Scripts, secrets: string): Promise<string> {
  const files = await Promise.all(
    SCRIPTS.map(async (name): Promise<[string, string]> => [name, await scripts.text(name)]),
  );
  return [...files, ["secrets", secrets]]
    .map(([name, content]) => `${name} ${Buffer.from(content, "utf8").toString("base64")}\n`)
    .concat("end\n")
    .join("");
}

/** Confirms the system by a new login once it is active, and waits until the machine has decided. */
async function decision(
  scripts: Scripts,
  logins: Logins,
  { attempt, storePath }: { attempt: string; storePath: string },
  status: (message: string) => void,
  times: ActivationTimes,
): Promise<{ state: ActivationState; lastFailure: string }> {
  const began = Date.now();
  let heard = began;
  let phase = "";
  let lastFailure = "";
  let [login, other] = [logins.before, logins.after];
  let open: { session: Session; login: Login; sinceSwitched: boolean } | undefined;
  const close = () => {
    open?.session.close();
    open = undefined;
  };
  try {
    for (;;) {
      try {
        open ??= {
          session: await connect(login, { timeout: Math.min(5_000, times.confirm) }),
          ...{ login, sinceSwitched: phase === "confirm" },
        };
        // An address that has just gone takes its connection with it without a word.
        const state = parseActivationState(
          await scripts.run(open.session, "activation-state.sh", [attempt], { timeout: 5_000 }),
        );
        heard = Date.now();
        if (state.phase !== phase && !state.outcome) tell(state, storePath, status);
        phase = state.phase;
        if (state.outcome || !phase) return { state, lastFailure };
        // systemd may take a moment to start it.
        const starting = phase === "begun" && Date.now() - began < times.start;
        if (!state.supervised && !starting) return { state, lastFailure };
        if (phase === "confirm") {
          if (open.sinceSwitched && open.login.address === logins.after.address) {
            lastFailure = "";
            await scripts.run(open.session, "confirm-activation.sh", [attempt], { timeout: 5_000 });
          } else {
            // An old connection proves nothing: it was let in by the old system.
            close();
            [login, other] = [logins.after, logins.before];
            continue;
          }
        }
      } catch (error) {
        if (!(error instanceof SshError)) throw error; // sshd or the network restarts: log in again
        lastFailure = error.message;
        status(`waiting for a login, without which the machine goes back by itself: ${lastFailure}`);
        if (Date.now() - heard >= times.silence) {
          throw new ActivationError(
            `the machine has not answered for ${times.silence / 1000} s since ${storePath} was being activated (${error.message}). It goes back by itself, and restarts if it cannot be reached then; its boot default is still the system of before. When it answers, \`pulumi up\` looks at what it runs; if it never does, reset it.`,
          );
        }
        close();
        [login, other] = [other, login];
      }
      await sleep(times.pause);
    }
  } finally {
    close();
  }
}

function tell(
  { phase, system }: ActivationState,
  storePath: string,
  status: (message: string) => void,
): void {
  switch (phase) {
    case "check":
    case "test":
      return status(`activating ${storePath}`);
    case "confirm":
      return status("proving that it answers a new login and that its units run");
    case "commit":
      return status("making it the system of the next boot");
    case "back":
      return status(`going back from ${system}`);
  }
}
