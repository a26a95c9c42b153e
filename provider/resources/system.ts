import { activate, ActivationTimes } from "../nixos/activate";
import { probe } from "../nixos/probe";
import { whenNoneRuns } from "../nixos/running-activation";
import { SecretFile, Secrets } from "../nixos/system";
import { Context, Resource, Unproved } from "../resource";
import { connect, Login, SshError, waitAtEither, waitForSsh, withSession } from "../ssh";
import { deliver } from "./deliver";
import { LoginInputs, loginOf } from "./login";
import { Workshop } from "../workshop";

/** The NixOS system that a machine shall run. */
export interface SystemInputs extends LoginInputs {
  identity: string;
  machine: string;
  drvPath: string;
  storePath: string;
  secretFiles: SecretFile[];
  secrets: Secrets;
}

const REACH_DEADLINE = 120_000;
const READ_DEADLINE = 10_000;

/** The system that runs on an installed machine: built, copied, activated, proved and kept for the next boot. */
export function system(
  workshop: Workshop,
  port = 22,
  times?: ActivationTimes,
): Resource<SystemInputs, object> {
  const { scripts } = workshop;
  const login = (inputs: SystemInputs): Login => ({ ...loginOf(inputs), port });

  const patiently = (context: Context) => ({
    deadline: REACH_DEADLINE,
    onWait: (reason: string) => context.status(`waiting for the machine: ${reason}`),
    signal: context.signal,
  });

  /** @param now how the machine is reached before the change; its address may be part of it */
  async function bringTo(
    inputs: SystemInputs,
    now: Login,
    placeAlways: boolean,
    context: Context,
  ): Promise<void> {
    const open = () => waitForSsh(now, patiently(context));
    const delivered = await withSession(whenNoneRuns(scripts, open, context.status), async (session) => {
      const state = await probe(scripts, session);
      if (state.installer)
        throw new Error(`${inputs.machine} runs the installer; nothing is activated there`);
      const active = state.system === inputs.storePath && state.profile === inputs.storePath;
      if (active && !placeAlways) return false;
      await deliver(workshop, inputs, now, "", context);
      return true;
    });
    if (!delivered) return;
    const logins = { before: now, after: login(inputs) };
    const { storePath, secretFiles, secrets } = inputs;
    const activation = { storePath, secrets: { files: secretFiles, secrets } };
    const warnings = await context.phase("activate", () =>
      workshop.activations.run(() => activate(scripts, logins, activation, context.status, times)),
    );
    warnings.forEach((warning) => context.warn(warning));
  }

  return {
    type: "kluster-provider:nixos:System",
    secrets: ["privateKey", "secrets"],
    outputs: [],
    replaceOn: ["identity"],
    // The derivation may be another recipe for the same system, and the key only opens the door.
    ignore: ["drvPath", "privateKey", "machine"],

    async create(inputs, context) {
      await bringTo(inputs, login(inputs), false, context);
      return { id: inputs.identity, outputs: {} };
    },

    async update(_id, { before, inputs }, context) {
      const logins = { before: { ...login(inputs), address: before.address }, after: login(inputs) };
      const now =
        before.address === inputs.address ? logins.after : await waitAtEither(logins, patiently(context));
      // Whatever the state says of them: a change that was killed may have placed others.
      await bringTo(inputs, now, true, context);
      return {};
    },

    async read(_id, known) {
      try {
        const opening = connect(login(known.inputs), { timeout: READ_DEADLINE });
        const now = await withSession(opening, (session) => probe(scripts, session));
        // A system that runs but would not be booted next time is as much of a drift as another system.
        const storePath = now.system === known.inputs.storePath ? now.profile : now.system;
        return { outputs: { ...known.outputs, storePath }, inputs: { ...known.inputs, storePath } };
      } catch (error) {
        if (!(error instanceof SshError)) throw error;
        throw new Unproved(`what ${known.inputs.machine} runs could not be looked at: ${error.message}`);
      }
    },
  };
}
