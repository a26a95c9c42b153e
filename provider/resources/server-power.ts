import { HetznerError, Projects } from "../hetzner";
import { Context, Resource } from "../resource";
import { Login, waitForSsh } from "../ssh";
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
}

/** A minute on a slow server; five without an answer mean that it does not boot. */
const BOOT_DEADLINE = 300_000;

async function answering(login: Login, context: Context): Promise<void> {
  const onWait = (reason: string) => context.status(`waiting for the machine: ${reason}`);
  const wait = { deadline: BOOT_DEADLINE, grace: 20_000, onWait, signal: context.signal };
  (await waitForSsh(login, wait)).close();
}

/** Whether a server is switched on, which is all of a server that hcloud's plugin does not see to. */
export function serverPower(projects: Projects, answers = answering): Resource<ServerPowerInputs, object> {
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
        context.warn(`${host}: whether its server is on could not be found out. ${error.message}`);
        return known;
      }
    },

    async update(_id, { inputs }, context) {
      const { token, endpoint, server } = inputs;
      const call = { signal: context.signal, onWait: context.status };
      context.status("switching the server on");
      await projects.of({ token, endpoint }).api.act(`/servers/${server}/actions/poweron`, {}, call);
      await context.phase("boot", () => answers(loginOf(inputs), context));
      return {};
    },
  };
}
