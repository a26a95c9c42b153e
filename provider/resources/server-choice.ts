import {
  SERVER_CHOICE,
  ServerChoiceInputs,
  ServerChoiceNotes as Notes,
  ServerChoiceOutputs as Chosen,
} from "../declarations/hetzner";
import {
  CallOptions,
  choose,
  Claim,
  Earlier,
  Found,
  HetznerError,
  HostRecord,
  isMade,
  keep,
  needsPrices,
  nothingHere,
  otherProject,
  planChoice,
  Project,
  Projects,
  readServer,
  removeUnusedAddresses,
  noticesForChoice,
  noticeForUnseenServer,
  noticesForLabels,
  noticesForDifferentServer,
  noticesForStatus,
  Notice,
  Search,
  sweepHost,
  undecided,
  Wish,
} from "../hetzner";
import { Context, implement, Resource, Unproved } from "../resource";
import { hasUnknown, UNKNOWN } from "../values";
import { isNewIdentity } from "./stack-identity";

/** What a look at Hetzner has come to; the claim is the server's, where there is one. */
interface Looked {
  found: Found | HetznerError;
  claim?: Claim;
}

/**
 * Which type of server a host has, and where. Decided while the inputs are checked, as asking changes nothing: a
 * preview shows it with its price. What is decided stays (see hetzner/choice.ts).
 */
export function serverChoice(projects: Projects): Resource<ServerChoiceInputs, Chosen> {
  /** Checks are repeated; their lines need not be. */
  const said = new Set<string>();
  function say({ severity, text }: Notice, context: Context): void {
    if (said.has(text)) return;
    said.add(text);
    if (severity === "info") context.info(text);
    else context.warn(text);
  }

  async function decide(
    project: Project,
    wish: Wish,
    earlier: (Earlier & Chosen & Notes) | undefined,
    { found, claim }: Looked,
    context: Context,
  ): Promise<Chosen & Notes> {
    const call = { signal: context.signal, onWait: context.status };
    const order = orderAfter(earlier, found);
    const plan = planChoice(wish, earlier, found instanceof HetznerError ? "unknown" : found);
    if (plan.step !== "keep") {
      if (found instanceof HetznerError) throw found; // what is new is not decided blindly
      const choice = choose(wish, plan, await project.catalogue(call), new Date());
      noticesForChoice(wish, plan, choice).forEach((notice) => say(notice, context));
      const { decision, cameToNothing } = choice;
      return { ...decision, order, ...notes({ server: seen(claim), cameToNothing }) };
    }
    const { from } = plan;
    const decision = keep(from, wish, needsPrices(wish, from) ? await project.catalogue(call) : undefined);
    if (found instanceof HetznerError) say(noticeForUnseenServer(wish, decision, found.message), context);
    else if (typeof found === "object")
      noticesForStatus(wish, found).forEach((notice) => say(notice, context));
    noticesForDifferentServer(wish, earlier!, decision).forEach((notice) => say(notice, context));
    return { ...decision, order, ...notes(claim ? { server: seen(claim) } : earlier!) };
  }

  return implement(SERVER_CHOICE, {
    replaceOn: ["stackIdentity", "host"],
    // The decision says all: other preferences with the same result are no change.
    ignore: [
      "token",
      "endpoint",
      "serverName",
      "address",
      "serverTypes",
      "locations",
      "ipv4",
      "server",
      "cameToNothing",
    ],

    async check(inputs, context, before) {
      const { token, endpoint, stackIdentity, host, serverName, address } = inputs;
      const { serverTypes, locations, ipv4 } = inputs;
      const wish = { host, serverTypes, locations, ipv4 };
      const given = { token, endpoint, stackIdentity, serverName, address, ...wish };
      const earlier = before && earlierOf(before);
      // In the first preview of a stack its identity is not known, nor the name that goes with it.
      if (hasUnknown({ ...given, stackIdentity: undefined, serverName: undefined })) {
        return { inputs: { ...given, ...(earlier && decisionOf(earlier)), ...(before && notes(before)) } };
      }
      const call = { signal: context.signal, onWait: context.status };
      try {
        const project = projects.of({ token, endpoint });
        const record = recordOf(inputs, before);
        const looked = await look(project, record, earlier, call);
        if (looked.claim) noticesForLabels(record, looked.claim).forEach((notice) => say(notice, context));
        await refuseTaken(project, { ...record, address }, looked, call);
        return { inputs: { ...given, ...(await decide(project, wish, earlier, looked, context)) } };
      } catch (error) {
        if (!(error instanceof HetznerError)) throw error;
        return { inputs: given, failures: [{ property: "", reason: error.message }] };
      }
    },

    async create(inputs) {
      return { id: inputs.host, outputs: decisionOf(inputs as Chosen) };
    },

    async read(_id, known, context) {
      const { token, endpoint, host } = known.inputs;
      const call = { signal: context.signal, onWait: context.status };
      try {
        const project = projects.of({ token, endpoint });
        const record = recordOf(known.inputs);
        const search = await project.find(record, call);
        if (search.is === "doubtful") throw undecided(record, search.claims);
        if (search.is === "absent" && !(await holdsAnything(project, record, call))) {
          say({ severity: "warning", text: nothingHere(record.stackIdentity) }, context);
        }
        // Without a server nothing is decided, and `pulumi up` decides anew.
        return search.is === "absent" ? undefined : known;
      } catch (error) {
        if (!(error instanceof HetznerError)) throw error;
        throw new Unproved(`whether the server of ${host} is there could not be found out: ${error.message}`);
      }
    },

    /** Another location for a server that never came: the addresses at the former one are of no use to anybody. */
    async update(_id, { before, inputs }, context) {
      const { token, endpoint, stackIdentity, host, location } = inputs;
      if (location !== before.location && before.server === undefined && inputs.server === undefined) {
        const call = { signal: context.signal, onWait: context.status };
        const { api } = projects.of({ token, endpoint });
        await removeUnusedAddresses(api, { stackIdentity, host }, location!, call);
      }
      return decisionOf(inputs as Chosen);
    },

    /**
     * It goes last of all that the host has, and deletes its addresses, of which Pulumi leaves it the deletion: a server that
     * was being ordered when a run was killed holds them, and hcloud's plugin would wait for it in vain.
     */
    async delete(_id, { inputs }, context) {
      const { token, endpoint, stackIdentity, host, serverName } = inputs;
      const call = { signal: context.signal, onWait: context.status };
      await sweepHost(projects.of({ token, endpoint }).api, { stackIdentity, host, name: serverName }, call);
    },
  });
}

/** By what a host's server is known: its address is the one that it was given when it was ordered or changed last. */
function recordOf(inputs: ServerChoiceInputs, before: ServerChoiceInputs = inputs): HostRecord {
  const { stackIdentity, host, serverName } = inputs;
  return {
    ...{
      stackIdentity,
      host,
      name: serverName === UNKNOWN ? undefined : serverName,
      address: before.address ?? inputs.address,
    },
    server: before.server,
  };
}

/** Refuses the name or the private address of another server, if that can be found out. */
async function refuseTaken(
  project: Project,
  record: HostRecord,
  { claim, found }: Looked,
  call: CallOptions,
): Promise<void> {
  if (record.stackIdentity === UNKNOWN || isNewIdentity(record.stackIdentity)) return;
  if (found instanceof HetznerError || found === "unknown") return;
  try {
    await project.refuseTaken(record, claim?.server.id, call);
  } catch (error) {
    if (!(error instanceof HetznerError) || TAKEN.includes(error.code)) throw error;
  }
}

const TAKEN = ["uniqueness_error", "ip_not_available"];

/**
 * Looks for the host's server; an error: Hetzner could not be asked, which what exists outlasts.
 * @throws HetznerError when what was found does not tell which server it is
 */
async function look(
  project: Project,
  record: HostRecord,
  earlier: (Earlier & Notes) | undefined,
  call: CallOptions,
): Promise<Looked> {
  if (!earlier) return { found: "not ordered" };
  if (record.stackIdentity === UNKNOWN) return { found: "unknown" };
  let search: Search;
  try {
    search = await project.find(record, call);
    if (search.is === "ours") return { found: readServer(search.claim.server), claim: search.claim };
  } catch (error) {
    if (error instanceof HetznerError) return { found: error };
    throw error;
  }
  if (search.is === "doubtful") throw undecided(record, search.claims);
  if (!(await holdsAnything(project, record, call))) throw otherProject(record);
  if (!search.hasAddresses) return { found: "not ordered" };
  return { found: earlier.server === undefined ? "none" : "gone" };
}

/** Whether the project has anything of the host's stack; true where that could not be asked. */
async function holdsAnything(
  project: Project,
  { stackIdentity }: HostRecord,
  call: CallOptions,
): Promise<boolean> {
  try {
    return await project.holdsAnythingOf(stackIdentity, call);
  } catch (error) {
    if (error instanceof HetznerError) return true;
    throw error;
  }
}

/** The id of a server that Hetzner has finished. */
function seen(claim: Claim | undefined): number | undefined {
  return claim && isMade(claim.server) ? claim.server.id : undefined;
}

/** Only what there is to note: a property more would be one in every state. */
function notes({ server, cameToNothing }: Notes): Notes {
  return {
    ...(server === undefined ? {} : { server }),
    ...(cameToNothing?.length ? { cameToNothing } : {}),
  };
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
function earlierOf(inputs: ServerChoiceInputs): (Earlier & Chosen & Notes) | undefined {
  if (!inputs.serverType) return undefined;
  return { ...decisionOf(inputs as Chosen), ipv4: inputs.ipv4, ...notes(inputs) };
}

function decisionOf({ serverType, location, monthlyCost, order }: Chosen): Chosen {
  return { serverType, location, monthlyCost, order };
}
