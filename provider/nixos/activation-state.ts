import { keyValues } from "./key-values";

/** How far a supervised activation is (scripts/supervise-activation.sh, which describes the words). */
export interface ActivationState {
  /** "begun", "check", "test", "confirm", "commit" or "back"; empty when the machine knows nothing of the attempt. */
  phase: string;
  /** "committed", "refused", "returned" or "rebooted"; empty until it is decided. */
  outcome: string;
  /** Why it is not committed. */
  cause: string;
  /** Exit code of switch-to-configuration. */
  code: string;
  /** Units that are the cause, divided by blanks. */
  units: string;
  /** More about the cause, in words. */
  why: string;
  /** Store path of the system to go back to. */
  previous: string;
  /** Store path of the system that runs now. */
  system: string;
  /** Whether there is a unit that supervises an activation. */
  supervised: boolean;
  /** The last words of the units that are the cause, and what the activation said. */
  words: string;
}

/** The new system could not be activated, or has not proved itself; says what the machine runs instead. */
export class ActivationError extends Error {}

/** Reads what scripts/activation-state.sh prints. */
export function parseActivationState(text: string): ActivationState {
  const end = text.indexOf("\n\n");
  const get = keyValues(end < 0 ? text : text.slice(0, end));
  return {
    ...{ phase: get("phase"), outcome: get("outcome"), cause: get("cause"), code: get("code") },
    ...{ units: get("units"), why: get("why"), previous: get("previous"), system: get("system") },
    supervised: ["active", "activating", "deactivating", "reloading"].includes(get("unit")),
    words: end < 0 ? "" : text.slice(end + 2).trim(),
  };
}

/** What was to become of an activation, for its messages. */
export interface Wish {
  storePath: string;
  /** Seconds in which switch-to-configuration had to end, and the system to be confirmed. */
  switch: number;
  confirm: number;
  /** Why the operator could not log in the last time that he tried; empty if he could. */
  lastFailure: string;
}

/**
 * What has come of an activation.
 * @returns what to warn of: units that are failed although the system is proved, as they were before
 * @throws ActivationError that names the cause and what the machine runs now
 */
export function judge(state: ActivationState, wish: Wish): string[] {
  switch (state.outcome) {
    case "committed":
      return state.code === "4" ? [`activated, with failed units:\n${state.words}`] : [];
    case "refused":
      throw new ActivationError(withWords(`${refusal(state, wish)} Nothing was changed.`, state));
    case "returned":
      throw new ActivationError(withWords(`${cause(state, wish)}; ${whereItIs(state)}.`, state));
    case "rebooted":
      throw new ActivationError(
        withWords(
          `${cause(state, wish)}. After going back to ${state.previous} it could not be reached, so it has restarted, and runs ${state.system}.`,
          state,
        ),
      );
  }
  throw new ActivationError(
    state.phase === ""
      ? `the machine has restarted in the middle of the activation of ${wish.storePath}, and runs ${state.system}: the system that it boots stays the same until a new one is proved`
      : `the activation of ${wish.storePath} ended in the middle (${state.phase}), and the machine runs ${state.system || "no system"}: its unit kluster-activate was stopped. \`pulumi up\` again activates it anew.`,
  );
}

const lock = "/run/nixos/switch-to-configuration.lock";

function refusal({ cause, code }: ActivationState, { storePath }: Wish): string {
  switch (cause) {
    case "reboot":
      return `${storePath} cannot be activated on the running machine, only by a reboot: its init differs.`;
    case "locked":
      return `${storePath} was not activated: another program switches this machine, and has held ${lock} for a minute. \`pulumi up\` again when that is done.`;
    case "secrets":
      return `${storePath} was not activated, as its secrets could not be placed.`;
    default:
      return `${storePath} was refused by its own pre-switch checks (switch-to-configuration check ended with ${code}).`;
  }
}

function cause(state: ActivationState, wish: Wish): string {
  const { storePath } = wish;
  switch (state.cause) {
    case "slow":
      return `switch-to-configuration test of ${storePath} had not ended after ${wish.switch} s and was stopped`;
    case "failed":
      return `with ${storePath} units failed that had not failed before: ${listed(state.units)}`;
    case "unsteady":
      return `with ${storePath} these units did not come to run within ${wish.confirm} s: ${listed(state.units)}`;
    case "unconfirmed": {
      const reasons = [state.why, wish.lastFailure && `the last attempt: ${wish.lastFailure}`].filter(
        Boolean,
      );
      return `${storePath} did not let us in by a new login within ${wish.confirm} s${reasons.length ? ` (${reasons.join("; ")})` : ""}`;
    }
    case "replaced":
      return `while ${storePath} was being proved, something else made ${state.why} the running system`;
    case "commit":
      return `${storePath} could not be made the system of the next boot`;
    default:
      return `switch-to-configuration test of ${storePath} ended with ${state.code}`;
  }
}

function whereItIs({ system, previous }: ActivationState): string {
  return system === previous
    ? `the machine has gone back to ${previous}`
    : `the machine could not go back to ${previous} and runs ${system || "no system"}, but can be reached`;
}

function listed(units: string): string {
  return units.split(" ").join(", ");
}

function withWords(message: string, { words }: ActivationState): string {
  return words ? `${message}\n${words}` : message;
}
