import { SERVER_POWER, ServerPowerInputs } from "../declarations/hetzner";
import { HetznerError, isOff, Projects, runAs, switchOn } from "../hetzner";
import { Context, implement, Resource, Unproved } from "../resource";
import { Login, waitAtEither } from "../ssh";
import { hasUnknown } from "../values";
import { loginOf } from "./login";
import { isNewIdentity } from "./stack-identity";

type Noted = Pick<ServerPowerInputs, "foundOff" | "foundOther">;

/** The counts of before, one of them one higher; only those that there are: one more would be one in every state. */
function counted(noted: Noted, found: keyof Noted | undefined): Noted {
  const now = found ? { ...noted, [found]: (noted[found] ?? 0) + 1 } : noted;
  return Object.fromEntries(Object.entries(now).filter(([, count]) => count !== undefined));
}

type Answers = (logins: { before: Login; after: Login }, context: Context) => Promise<unknown>;

/** A minute on a slow server; five without an answer mean that it does not boot. */
const BOOT_DEADLINE = 300_000;

const answering: Answers = (logins, context) => {
  const onWait = (reason: string) => context.status(`waiting for the machine: ${reason}`);
  return waitAtEither(logins, { deadline: BOOT_DEADLINE, grace: 20_000, onWait, signal: context.signal });
};

/**
 * A server that is switched on and answers, which is what hcloud's plugin does not see to: it leaves a server off that
 * somebody has switched off, and one that it could not change, and waits for none to boot.
 */
export function serverPower(
  projects: Projects,
  answers: Answers = answering,
): Resource<ServerPowerInputs, object> {
  /** Which of the two is wrong with a server that nothing is about to change. */
  async function foundWrong(
    inputs: ServerPowerInputs,
    before: ServerPowerInputs,
    context: Context,
  ): Promise<keyof Noted | undefined> {
    const { token, endpoint, server, serverType } = inputs;
    if (before.running === false || before.server !== server || hasUnknown({ token, endpoint })) return;
    const call = { signal: context.signal, onWait: context.status };
    try {
      const found = await projects.of({ token, endpoint }).serverOfId(Number(server), call);
      if (!found) return;
      if (before.serverType === serverType && found.server_type.name !== serverType) return "foundOther";
      return isOff(found) ? "foundOff" : undefined;
    } catch (error) {
      if (error instanceof HetznerError) return; // the choice of its type has said that nobody could be asked
      throw error;
    }
  }

  return implement(SERVER_POWER, {
    replaceOn: ["server"],
    ignore: ["token", "endpoint", "stackIdentity", "host", "address", "hostKey", "privateKey"],

    /**
     * Looks whether it is off, or of another type than it was made to be, without a refresh: a change that failed or was
     * killed leaves it so. Asking needs no request of its own, as the choice of its type has asked for all servers.
     */
    async check(inputs, context, before) {
      const noted = { foundOff: before?.foundOff, foundOther: before?.foundOther };
      const found = before && (await foundWrong(inputs, before, context));
      return { inputs: { ...inputs, ...counted(noted, found) } };
    },

    /** What is ordered is on, and what was there before may be off: in a stack's first run nothing was. */
    async create(inputs, context) {
      if (isNewIdentity(inputs.stackIdentity)) return { id: inputs.server, outputs: {} };
      const project = projects.of(inputs);
      const call = { signal: context.signal, onWait: context.status };
      const found = await project.serverOfId(Number(inputs.server), call);
      if (found && isOff(found) && (await switchOn(project.api, inputs.server, call))) {
        const login = loginOf(inputs);
        await context.phase("boot", () => answers({ before: login, after: login }, context));
      }
      return { id: inputs.server, outputs: {} };
    },

    async read(_id, known, context) {
      const { token, endpoint, host, server } = known.inputs;
      const call = { signal: context.signal, onWait: context.status };
      try {
        const found = await projects.of({ token, endpoint }).serverOfId(Number(server), call);
        if (!found) return undefined;
        const running = !["off", "stopping"].includes(found.status);
        return { outputs: { ...known.outputs, running }, inputs: { ...known.inputs, running } };
      } catch (error) {
        if (!(error instanceof HetznerError)) throw error;
        throw new Unproved(`whether the server of ${host} is on could not be found out: ${error.message}`);
      }
    },

    async update(_id, { before, inputs }, context) {
      const { api } = projects.of(inputs);
      const call = { signal: context.signal, onWait: context.status };
      await runAs(api, inputs.server, inputs.serverType, call);
      const logins = { before: { ...loginOf(inputs), address: before.address }, after: loginOf(inputs) };
      await context.phase("boot", () => answers(logins, context));
      return {};
    },
  });
}
