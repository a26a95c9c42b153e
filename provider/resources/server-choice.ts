import {
  CallOptions,
  choose,
  Decision,
  Earlier,
  Found,
  HetznerError,
  isMade,
  keep,
  needsPrices,
  planChoice,
  Project,
  Projects,
  sayChoice,
  readServer,
  sayKeptUnseen,
  sayOther,
  sayStatus,
  Saying,
  Wish,
} from "../hetzner";
import { Context, Resource } from "../resource";
import { hasUnknown, UNKNOWN } from "../values";
import { isNewIdentity } from "./stack-identity";

/** What is decided, and by which order: see {@link orderAfter}. */
interface Chosen extends Decision {
  order: number;
}

interface ServerChoiceInputs extends Wish, Partial<Chosen> {
  token: string;
  endpoint?: string;
  stackIdentity: string;
  /** In the private network. */
  address: string;
}

/**
 * Which type of server a host has, and where. Decided while the inputs are checked, as asking changes nothing: a
 * preview shows it with its price. What is decided stays (see hetzner/choice.ts).
 */
export function serverChoice(projects: Projects): Resource<ServerChoiceInputs, Chosen> {
  /** Checks are repeated; their lines need not be. */
  const said = new Set<string>();
  function say({ severity, text }: Saying, context: Context): void {
    if (said.has(text)) return;
    said.add(text);
    if (severity === "info") context.info(text);
    else context.warn(text);
  }

  async function decide(
    project: Project,
    wish: Wish,
    earlier: (Earlier & Chosen) | undefined,
    stackIdentity: string,
    context: Context,
  ): Promise<Chosen> {
    const call = { signal: context.signal, onWait: context.status };
    const found = await look(project, stackIdentity, wish, earlier, call);
    const order = orderAfter(earlier, found);
    const plan = planChoice(wish, earlier, found instanceof HetznerError ? "unknown" : found);
    if (plan.step !== "keep") {
      if (found instanceof HetznerError) throw found; // what is new is not decided blindly
      const choice = choose(wish, plan, await project.catalogue(call), new Date());
      sayChoice(wish, plan, choice).forEach((saying) => say(saying, context));
      return { ...choice.decision, order };
    }
    const { from } = plan;
    const decision = keep(from, wish, needsPrices(wish, from) ? await project.catalogue(call) : undefined);
    if (found instanceof HetznerError) say(sayKeptUnseen(wish, decision, found.message), context);
    else if (typeof found === "object") sayStatus(wish, found).forEach((saying) => say(saying, context));
    sayOther(wish, earlier!, decision).forEach((saying) => say(saying, context));
    return { ...decision, order };
  }

  return {
    type: "kluster-provider:hetzner:ServerChoice",
    secrets: ["token"],
    outputs: ["serverType", "location", "monthlyCost", "order"],
    replaceOn: ["stackIdentity", "host"],
    // The decision says all: other wishes with the same result are no change.
    ignore: ["token", "endpoint", "address", "serverTypes", "locations", "ipv4"],

    async check(inputs, context, before) {
      const { token, endpoint, stackIdentity, host, address, serverTypes, locations, ipv4 } = inputs;
      const given = { token, endpoint, stackIdentity, host, address, serverTypes, locations, ipv4 };
      const earlier = before && earlierOf(before);
      if (hasUnknown({ ...given, stackIdentity: undefined })) {
        return { inputs: { ...given, ...(earlier && decisionOf(earlier)) } };
      }
      try {
        const project = projects.of({ token, endpoint });
        const wish = { host, serverTypes, locations, ipv4 };
        await refuseTaken(project, stackIdentity, host, address, context);
        return { inputs: { ...given, ...(await decide(project, wish, earlier, stackIdentity, context)) } };
      } catch (error) {
        if (!(error instanceof HetznerError)) throw error;
        return { inputs: given, failures: [{ property: "", reason: error.message }] };
      }
    },

    async create(inputs) {
      return { id: inputs.host, outputs: decisionOf(inputs as Chosen) };
    },

    async read(_id, known, context) {
      const { token, endpoint, stackIdentity, host } = known.inputs;
      const call = { signal: context.signal, onWait: context.status };
      try {
        const server = await projects.of({ token, endpoint }).server(stackIdentity, host, call);
        return server && known; // without a server nothing is decided, and `pulumi up` decides anew
      } catch (error) {
        if (!(error instanceof HetznerError)) throw error;
        context.warn(`${host}: whether its server is there could not be found out. ${error.message}`);
        return known;
      }
    },

    async update(_id, { inputs }) {
      return decisionOf(inputs as Chosen);
    },
  };
}

/** Refuses the private address of another host's server, if that can be found out. */
async function refuseTaken(
  project: Project,
  stackIdentity: string,
  host: string,
  address: string,
  context: Context,
): Promise<void> {
  if (stackIdentity === UNKNOWN || isNewIdentity(stackIdentity)) return;
  const call = { signal: context.signal, onWait: context.status };
  try {
    await project.refuseTaken(stackIdentity, host, address, call);
  } catch (error) {
    if (!(error instanceof HetznerError) || error.code === "ip_not_available") throw error;
  }
}

/** Looks for the host's server; an error: Hetzner could not be asked, which what exists outlasts. */
async function look(
  project: Project,
  stackIdentity: string,
  { host }: Wish,
  earlier: Earlier | undefined,
  call: CallOptions,
): Promise<Found | HetznerError> {
  if (!earlier) return "not ordered";
  if (stackIdentity === UNKNOWN) return "unknown";
  try {
    const server = await project.server(stackIdentity, host, call);
    if (server) return readServer(server);
    return (await project.hasAddresses(stackIdentity, host, call)) ? "none" : "not ordered";
  } catch (error) {
    if (error instanceof HetznerError) return error;
    throw error;
  }
}

/**
 * The number of the order of a host's server, 1 for the first. It grows when the server is not there or was never
 * finished: hcloud's plugin notes a server as made before Hetzner has made it, and keeps it so if that fails.
 */
function orderAfter(earlier: Chosen | undefined, found: Found | HetznerError): number {
  if (!earlier) return 1;
  if (found instanceof HetznerError || found === "unknown") return earlier.order;
  return typeof found === "object" && isMade(found) ? earlier.order : earlier.order + 1;
}

/** What was decided when these were the inputs; undefined: nothing yet. */
function earlierOf(inputs: ServerChoiceInputs): (Earlier & Chosen) | undefined {
  return inputs.serverType ? { ...decisionOf(inputs as Chosen), ipv4: inputs.ipv4 } : undefined;
}

function decisionOf({ serverType, location, monthlyCost, order }: Chosen): Chosen {
  return { serverType, location, monthlyCost, order };
}
