import { RolloutInputs } from "../declarations/machine";
import { SYSTEM, SystemInputs } from "../declarations/nixos";
import { activate, ActivationTimes } from "../nixos/activate";
import { describeChange } from "../nixos/changes";
import { closureDifference } from "../nixos/closure";
import { probe } from "../nixos/probe";
import { reboot, RebootTimes } from "../nixos/reboot";
import { whenNoneRuns } from "../nixos/running-activation";
import { Scripts } from "../nixos/scripts";
import { checkSecrets } from "../nixos/secrets";
import { secretChanges } from "../nixos/secret-changes";
import { Context, implement, Resource, Unproved } from "../resource";
import { NodeTimes } from "../kubernetes/node";
import { connect, Login, Session, SshError, waitAtEither, waitForSsh, withSession } from "../ssh";
import { deliver } from "./deliver";
import { judgeVersions } from "./kubernetes-version";
import { loginOf } from "./login";
import { settleSystem, summaryOf, TOLD_BY_PATH } from "./rollback";
import { outOfService } from "./rolling";
import { effects, parts } from "./system-effects";
import { hasUnknown } from "../values";
import { MachineServices } from "../machine-services";

/** For tests. */
interface SystemTimes {
  activation?: ActivationTimes;
  node?: NodeTimes;
  reboot?: RebootTimes;
}

/** What a machine ran when another system was brought to it. */
interface Delivered {
  running: string;
  /** What it will only have after a reboot. */
  rebootFor: string[];
}

const REACH_DEADLINE = 120_000;
const READ_DEADLINE = 10_000;

/** The system that runs on an installed machine: built, copied, activated, proved and kept for the next boot. */
export function system(
  services: MachineServices,
  port = 22,
  times: SystemTimes = {},
): Resource<SystemInputs, object> {
  const { scripts } = services;
  const login = (inputs: SystemInputs): Login => ({ ...loginOf(inputs), port });

  const patiently = (context: Context) => ({
    deadline: REACH_DEADLINE,
    onWait: (reason: string) => context.status(`waiting for the machine: ${reason}`),
    signal: context.signal,
  });

  const delivery = ({ secretFiles, secrets }: SystemInputs) => ({ files: secretFiles, secrets });

  /** Whether nothing is left to do about secrets. */
  async function areSettled(session: Session, inputs: SystemInputs): Promise<boolean> {
    const { amiss, settled } = await checkSecrets(scripts, session, delivery(inputs));
    return settled && amiss.length === 0;
  }

  /**
   * Builds the system and copies it to the machine, which disturbs nothing.
   * @param now how the machine is reached before the change; its address may be part of it
   * @param always whether the system is activated even where it is found active
   * @returns undefined: nothing is left to do
   */
  async function bring(
    inputs: SystemInputs,
    now: Login,
    always: boolean,
    context: Context,
  ): Promise<Delivered | undefined> {
    const open = () => waitForSsh(now, patiently(context));
    return withSession(whenNoneRuns(scripts, open, context.status), async (session) => {
      const state = await probe(scripts, session);
      if (state.installer)
        throw new Error(`${inputs.machine} runs the installer; nothing is activated there`);
      const active = state.system === inputs.storePath && state.profile === inputs.storePath;
      // The run that installed it may have had other secrets, and have failed or been killed after that.
      if (!always && active && (await areSettled(session, inputs))) return undefined;
      if (inputs.rollback === undefined) await deliver(services, inputs, now, "", context);
      else await requireSystem(scripts, session, inputs);
      if (state.system !== inputs.storePath) await sayDifference(state.system, inputs, context);
      const due = inputs.rollout && (await scripts.run(session, "reboot-due.sh", [inputs.storePath]));
      return { running: state.system, rebootFor: due ? due.trim().split("\n").filter(Boolean) : [] };
    });
  }

  async function switchTo(inputs: SystemInputs, now: Login, context: Context): Promise<void> {
    const logins = { before: now, after: login(inputs) };
    const { storePath, secretFiles, secrets } = inputs;
    const activation = { storePath, secrets: { files: secretFiles, secrets } };
    const warnings = await context.phase("activate", () =>
      activate(scripts, logins, activation, context.status, times.activation),
    );
    warnings.forEach((warning) => context.warn(warning));
  }

  /** At once: nothing runs there yet, or nobody is to wait for anybody. */
  async function bringAtOnce(inputs: SystemInputs, now: Login, always: boolean, context: Context) {
    if (!(await bring(inputs, now, always, context))) return;
    await services.activations.run(() => switchTo(inputs, now, context));
  }

  /** Whose turn it is, then drained, activated, rebooted if that is due and allowed, and Ready. */
  async function roll(
    { before, inputs }: { before: SystemInputs; inputs: SystemInputs },
    rollout: RolloutInputs,
    now: Login,
    context: Context,
  ): Promise<void> {
    const { machine } = inputs;
    const isMaster = machine === rollout.master;
    const { disturbs, masterFirst } = effects(before, inputs, before.storePath);
    const member = { name: machine, isMaster, maxUnavailable: rollout.maxUnavailable, masterFirst };
    await services.rollouts.systems.run(member, context, async (turn) => {
      const delivered = await bring(inputs, now, true, context);
      if (!delivered) return;
      await turn();
      const { running, rebootFor } = delivered;
      const reboots = rollout.reboot === "ifNeeded" && rebootFor.length > 0;
      const after = login(inputs);
      const master = isMaster ? now : { ...after, address: rollout.address, hostKey: rollout.hostKey };
      const service = {
        ...{ machine, rollout, login: after, master },
        disturbs: [
          ...(running === before.storePath ? disturbs : effects(before, inputs, running).disturbs),
          ...(reboots ? [`it reboots for ${rebootFor.join(", ")}`] : []),
        ],
      };
      const change = async () => {
        await switchTo(inputs, now, context);
        if (reboots)
          return context.phase("reboot", () => reboot(scripts, after, inputs, context, times.reboot));
        if (rebootFor.length > 0) context.info(rebootIsDue(machine, rebootFor));
        return undefined;
      };
      await outOfService(scripts, service, context, change, times.node);
    });
  }

  /** What the build and the copy have brought, in truth: the preview knows but what evaluation does. */
  async function sayDifference(before: string, { machine, storePath }: SystemInputs, context: Context) {
    const difference = await closureDifference(services.run, before, storePath);
    if (difference) context.info(`${machine}: what differs in all that the new system holds\n${difference}`);
  }

  return implement(SYSTEM, {
    replaceOn: ["identity"],
    // The derivation may be another recipe for the same system, and the key only opens the door.
    // And what is in a system is said by its path.
    ignore: ["drvPath", "privateKey", "machine", "rollout", ...TOLD_BY_PATH],

    async check(inputs, context, before) {
      const { inputs: settled, failures = [] } = settleSystem(
        inputs,
        before,
        services.summaries,
        context.warn,
      );
      if (failures.length > 0) return { inputs: settled, failures };
      const refused = judgeVersions(services.skew, settled as SystemInputs, before, context.warn);
      return { inputs: settled, failures: refused };
    },

    foresee({ before, inputs, unproved }, context) {
      const storePath = hasUnknown(inputs.storePath) ? undefined : inputs.storePath;
      const unknown = hasUnknown([inputs.secretFiles, inputs.secrets]);
      const secrets = unknown ? undefined : secretChanges(before, inputs);
      context.info(
        describeChange({
          machine: inputs.machine,
          before: before.storePath,
          after: storePath,
          summaries: { before: summaryOf(before), after: summaryOf(inputs) },
          secrets,
          unproved: unproved !== undefined,
          rollback: { before: before.rollback, after: inputs.rollback },
          restartedBySecrets: secrets?.restarted ?? [],
          cluster: inputs.rollout && {
            isMaster: inputs.machine === inputs.rollout.master,
            machines: inputs.rollout.machines,
            reboots: inputs.rollout.reboot === "ifNeeded",
            atOnce: storePath && !unknown ? parts(before, inputs) : [],
          },
        }),
      );
      return {};
    },

    async create(inputs, context) {
      await bringAtOnce(inputs, login(inputs), false, context);
      return { id: inputs.identity, outputs: {} };
    },

    async update(_id, { before, inputs }, context) {
      const logins = { before: { ...login(inputs), address: before.address }, after: login(inputs) };
      const now =
        before.address === inputs.address ? logins.after : await waitAtEither(logins, patiently(context));
      // Whatever the state says of them: a change that was killed may have placed others.
      if (inputs.rollout && parts(before, inputs).length === 0)
        await roll({ before, inputs }, inputs.rollout, now, context);
      else await bringAtOnce(inputs, now, true, context);
      return {};
    },

    async read(_id, known) {
      try {
        const opening = connect(login(known.inputs), { timeout: READ_DEADLINE });
        const [now, { amiss }] = await withSession(
          opening,
          async (session) =>
            [
              await probe(scripts, session),
              await checkSecrets(scripts, session, delivery(known.inputs)),
            ] as const,
        );
        // A system that runs but would not be booted next time is as much of a drift as another system.
        const storePath = now.system === known.inputs.storePath ? now.profile : now.system;
        const secretFiles = known.inputs.secretFiles.filter(
          ({ path, link }) => !amiss.includes(path) && !(link && amiss.includes(link)),
        );
        const found = { storePath, secretFiles };
        return { outputs: { ...known.outputs, ...found }, inputs: { ...known.inputs, ...found } };
      } catch (error) {
        if (!(error instanceof SshError)) throw error;
        throw new Unproved(`what ${known.inputs.machine} runs could not be looked at: ${error.message}`);
      }
    },
  });
}

const rebootIsDue = (machine: string, reasons: readonly string[]) =>
  `${machine} has its new system but for ${reasons.join(", ")}: that comes with a reboot, which is left to you (kluster:reboot is never). With \`pulumi config set kluster:reboot ifNeeded\` the next change of ${machine} does it`;

/**
 * That a machine still has a system of before: nothing is built or copied for it.
 * @throws Error where it has not
 */
async function requireSystem(
  scripts: Scripts,
  session: Session,
  { machine, storePath }: SystemInputs,
): Promise<void> {
  if ((await scripts.run(session, "has-system.sh", [storePath])).trim() === "yes") return;
  throw new Error(
    `${machine} has ${storePath} no more, so it cannot go back to it. Nothing was changed. \`npm run generations -- ${machine}\` shows what it has; to build a system of before, bring back what it was made of (the module or the nixpkgs of that time) and take kluster:rollback out.`,
  );
}
