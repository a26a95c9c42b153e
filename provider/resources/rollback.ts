import { LoginInputs } from "../declarations/machine";
import { SystemInputs } from "../declarations/nixos";
import { choose, packed, PastSystem, remember, requireFit, RollbackError, unpacked } from "../nixos/history";
import { Summaries } from "../nixos/summaries";
import { Summary, SUMMARY_VERSION } from "../nixos/summary";
import { Secrets } from "../nixos/system";
import { Checked } from "../resource";
import { hasUnknown } from "../values";

/** Part of the inputs of what can be brought back to what it was. */
export type RollbackInputs = Omit<SystemInputs, keyof LoginInputs | "drvPath" | "rollout">;

/** Inputs that tell nothing of what a machine runs. */
export const TOLD_BY_PATH: readonly (keyof RollbackInputs)[] = [
  "summary",
  "isMaster",
  "offered",
  "ties",
  "history",
  "pinned",
];

/** Of a system; that of another is none. */
export const summaryOf = ({ storePath, summary }: Pick<RollbackInputs, "storePath" | "summary">) =>
  summary?.version === SUMMARY_VERSION && summary.storePath === storePath ? summary : undefined;

/**
 * The system that a machine shall run, evaluated or of before, with what it asks for and what was before it. It is told by
 * the state alone: what the state has as inputs has been proved on the machine, and a preview logs in nowhere.
 * @param before the inputs that the machine was brought to last
 */
export function settleSystem(
  { summary: _, offered = {}, ...inputs }: RollbackInputs,
  before: RollbackInputs | undefined,
  summaries: Summaries,
  warn: (message: string) => void,
): Checked {
  const past = before?.identity === inputs.identity ? before : undefined;
  const history = past?.history ?? [];
  if (inputs.rollback === undefined) {
    const same = past && past.storePath === inputs.storePath ? summaryOf(past) : undefined;
    const summary = summaries.of(inputs.storePath) ?? same;
    return { inputs: { ...inputs, ...(summary && { summary }), ...remembered(history, inputs, summary) } };
  }
  const { machine, rollback, ties = {} } = inputs;
  try {
    const goesOn = past?.rollback === rollback;
    const pinned = goesOn ? history.find(({ storePath }) => storePath === past.pinned) : undefined;
    const system = pinned ?? choose(machine, rollback, history);
    if (!hasUnknown(ties)) requireFit(machine, system, ties);
    const { storePath, secretFiles } = system;
    if (pinned && inputs.storePath !== storePath && !hasUnknown(inputs.storePath))
      warn(
        `${machine} stays at ${storePath}, as kluster:rollback says; without that it would run ${inputs.storePath}`,
      );
    const secrets = askedFor(machine, system, inputs.secrets, offered);
    const summary = unpacked(system);
    const settled = { ...inputs, storePath, secretFiles, secrets, pinned: storePath };
    return { inputs: { ...settled, ...(summary && { summary }), history: remember(history, system) } };
  } catch (error) {
    if (!(error instanceof RollbackError)) throw error;
    return { inputs, failures: [{ property: "rollback", reason: error.message }] };
  }
}

function remembered(
  history: readonly PastSystem[],
  { storePath, secretFiles, ties = {} }: Omit<RollbackInputs, "summary">,
  summary: Summary | undefined,
): Pick<RollbackInputs, "history"> {
  // Only for a preview: what is unknown is known by the time that a state is written.
  if (!storePath || hasUnknown([storePath, secretFiles, ties])) return {};
  const content = packed(summary);
  const system = { storePath, secretFiles, ties, ...(content && { summary: content }) };
  return { history: remember(history, system) };
}

/** @throws RollbackError that names a secret which is not there any more */
function askedFor(
  machine: string,
  { storePath, secretFiles }: PastSystem,
  own: Secrets,
  offered: Secrets,
): Secrets {
  if (hasUnknown(own)) return own;
  const values = { ...offered, ...own };
  const asked = secretFiles.map(({ secret }) => secret);
  const missing = asked.filter((secret) => !Object.hasOwn(values, secret));
  if (missing.length > 0)
    throw new RollbackError(
      `${machine} cannot go back to ${storePath}, which wants what is not there any more: ${missing.join(", ")}. One that begins with kluster:secrets. is of the stack's configuration: set it again. Else bring back what that system was made of (the module or the nixpkgs of that time).`,
    );
  return Object.fromEntries(asked.map((secret) => [secret, values[secret]]));
}
