import { HetznerError, isOff, Projects, switchOn } from "../hetzner";
import { Context, Resource, Unproved } from "../resource";
import { Login, waitAtEither } from "../ssh";
import { hasUnknown } from "../values";
import { LoginInputs, loginOf } from "./login";
import { isNewIdentity } from "./stack-identity";

interface ServerPowerInputs extends LoginInputs {
  token: string;
  endpoint?: string;
  stackIdentity: string;
  host: string;
  /** Id of the server. */
  server: string;
  /** Whether it shall run; a refresh says whether it does. */
  running: boolean;
  /** How often a check has found it off: one more than before is a change, which switches it on. */
  foundOff?: number;
  /** What hcloud's plugin switches it off for, to change it. */
  serverType: string;
  ipv4: boolean;
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
  return {
    type: "kluster-provider:hetzner:ServerPower",
    secrets: ["token", "privateKey"],
    outputs: [],
    replaceOn: ["server"],
    ignore: ["token", "endpoint", "stackIdentity", "host", "address", "hostKey", "privateKey"],

    /**
     * Looks whether it is off, without a refresh: a change that failed leaves it so. Asking needs no request of its own,
     * as the choice of its type has asked for all servers.
     */
    async check(inputs, context, before) {
      const noted = before?.foundOff;
      const same = { inputs: { ...inputs, ...(noted === undefined ? {} : { foundOff: noted }) } };
      const { token, endpoint, server } = inputs;
      if (!before || before.running === false || before.server !== server || hasUnknown({ token, endpoint }))
        return same;
      const call = { signal: context.signal, onWait: context.status };
      try {
        const found = await projects.of({ token, endpoint }).serverOfId(Number(server), call);
        return found && isOff(found) ? { inputs: { ...inputs, foundOff: (noted ?? 0) + 1 } } : same;
      } catch (error) {
        if (error instanceof HetznerError) return same; // the choice of its type has said that nobody could be asked
        throw error;
      }
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
      await switchOn(api, inputs.server, call);
      const logins = { before: { ...loginOf(inputs), address: before.address }, after: loginOf(inputs) };
      await context.phase("boot", () => answers(logins, context));
      return {};
    },
  };
}
