import { HetznerError, Projects } from "../hetzner";
import { Context, Resource, Unproved } from "../resource";
import { Login, waitAtEither } from "../ssh";
import { LoginInputs, loginOf } from "./login";

interface ServerPowerInputs extends LoginInputs {
  token: string;
  endpoint?: string;
  stackIdentity: string;
  host: string;
  /** Id of the server. */
  server: string;
  /** Whether it shall run; a refresh says whether it does. */
  running: boolean;
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

    /** Ordered is switched on. */
    async create({ server }) {
      return { id: server, outputs: {} };
    },

    async read(_id, known, context) {
      const { token, endpoint, stackIdentity, host, server } = known.inputs;
      const call = { signal: context.signal, onWait: context.status };
      try {
        const found = await projects.of({ token, endpoint }).server(stackIdentity, host, call);
        if (!found || String(found.id) !== server) return undefined;
        const running = !["off", "stopping"].includes(found.status);
        return { outputs: { ...known.outputs, running }, inputs: { ...known.inputs, running } };
      } catch (error) {
        if (!(error instanceof HetznerError)) throw error;
        throw new Unproved(`whether the server of ${host} is on could not be found out: ${error.message}`);
      }
    },

    async update(_id, { before, inputs }, context) {
      const { token, endpoint, server } = inputs;
      const { api } = projects.of({ token, endpoint });
      const call = { signal: context.signal, onWait: context.status };
      const now = await api.get<{ server: { status: string } }>(`/servers/${server}`, call);
      if (now.server.status === "off") await api.act(`/servers/${server}/actions/poweron`, {}, call);
      const logins = { before: { ...loginOf(inputs), address: before.address }, after: loginOf(inputs) };
      await context.phase("boot", () => answers(logins, context));
      return {};
    },
  };
}
