import * as fc from "fast-check";
import { StandIn } from "./on-stand-in";
import { TOKEN } from "../../lab/hetzner/project";
import { Engine, RunFailed } from "./neighbour/engine";
import { Neighbour } from "./neighbour/neighbour";
import { Random } from "./neighbour/random";
import { Watch } from "./neighbour/watch";

type Json = Record<string, any>;
type Command = "up" | "refresh" | "destroy";

/** The run was killed: what was asked for is done, and the state does not know it. */
class Killed extends Error {}

/** What can be seen of a project that kluster and a neighbour have worked in. */
interface Story {
  violations: string[];
  failures: string[];
  text: string;
}

/**
 * Lets kluster run these commands one after the other, while a neighbour changes the project between any two of its
 * requests.
 * @param rate how often the neighbour acts, 0 to 1
 */
async function tell(seed: number, commands: Command[], rate: number, deaths = 0): Promise<Story> {
  const cloud = await StandIn.open();
  const { api } = cloud.project;
  api.faults.write({ rateLimit: { limit: 1e9, perSecond: 1e9 } });
  const random = new Random(seed);
  const direct = api.answer.bind(api);
  const state = () => api.cloud.state;
  const wire = (method: string, path: string, body?: Json) => ({
    ...{ method, path, authorization: `Bearer ${TOKEN}`, body: body ? JSON.stringify(body) : "" },
  });
  const neighbour = new Neighbour(random, state, async (method, path, body) => {
    await direct(wire(method, path, body));
    await api.idle();
    watch.actedBy(true);
  });
  // What the plugin does, and what kluster does: every request comes by here.
  api.answer = async (request) => {
    while (random.happens(rate)) await neighbour.act();
    watch.actedBy(true);
    return watch.over(request.method, request.path, request.body, async () => {
      const answer = await direct(request);
      await api.idle();
      return answer;
    });
  };
  const engine = new Engine(async (method, path, body) => {
    const answer = await api.answer(wire(method, path, body));
    const { error, action, next_actions = [] } = (answer?.body ?? {}) as Json;
    if (error)
      throw Object.assign(new RunFailed(`${method} ${path}: ${error.message}`), { code: error.code });
    for (const { id } of [...(action ? [action] : []), ...next_actions]) {
      const failed = state().actions.find((one) => one.id === id)?.error;
      if (failed) throw new RunFailed(failed.message);
    }
    if (method !== "GET" && random.happens(deaths)) throw new Killed(`killed after ${method} ${path}`);
    return answer?.body ?? {};
  }, cloud.endpoint);
  const watch: Watch = new Watch(
    state,
    () => engine.servers,
    (host) => engine.decided(host),
  );
  const failures: string[] = [];
  const story: string[] = [];
  for (const command of commands) {
    watch.beginRun();
    watch.remember();
    watch.isDestroying = command === "destroy";
    const before = [neighbour.acts.length, watch.requests.length];
    const end = await engine[command]().then(
      () => "well",
      (error: Error) => {
        failures.push(`${command}: ${error.message}`);
        if (!["RunFailed", "Killed", "HetznerError", "Unproved", "Error"].includes(error.constructor.name))
          throw error;
        return error.message;
      },
    );
    story.push(
      `${command} ends: ${end}`,
      ...neighbour.acts.slice(before[0]).map((act) => `  the neighbour ${act}`),
    );
    story.push(
      ...watch.requests
        .slice(before[1])
        .filter((one) => !one.startsWith("GET"))
        .map((one) => `  ${one}`),
    );
    if (command === "destroy" && end === "well")
      watch.violations.push(...left(state(), neighbour.relabelled));
  }
  await cloud.close();
  return { violations: watch.violations, failures, text: story.join("\n") };
}

/** What a destroy that ended well has left of the stack. */
const left = (
  { servers, networks, firewalls, placementGroups, primaryIps, sshKeys }: Json,
  relabelled: ReadonlySet<number>,
): string[] =>
  [servers, networks, firewalls, placementGroups, primaryIps, sshKeys]
    .flat()
    .filter(({ labels }: Json) => labels["kluster-stack"] === "0123456789abcdef")
    .filter(({ id }: Json) => !relabelled.has(id))
    .map(({ name }: Json) => `${name} is left`);

test("without a neighbour a stack comes about, stays as it is, and goes", async () => {
  const { violations, failures, text } = await tell(1, ["up", "up", "refresh", "up", "destroy"], 0);
  expect({ violations, failures }).toEqual({ violations: [], failures: [] });
  expect(text.match(/POST \/servers$/gm)).toHaveLength(2);
  expect(text).toMatch(/up ends: well\nrefresh ends: well\nup ends: well\ndestroy ends: well/);
});

const RUNS = Number(process.env.KLUSTER_NEIGHBOUR_RUNS ?? 25);
const command = fc.constantFrom<Command>("up", "up", "up", "refresh", "destroy");
const commands = fc.array(command, { minLength: 2, maxLength: 6 }).map((all): Command[] => ["up", ...all]);

test.each([
  ["who looks in now and then", 0.02, 0],
  ["who never rests", 0.15, 0],
  ["while runs are killed", 0.05, 0.05],
])(
  "a neighbour %s loses nothing, and costs nobody a healthy server or a dearer one",
  async (_, rate, deaths) => {
    await fc.assert(
      fc.asyncProperty(fc.noShrink(fc.integer()), commands, async (seed, all) => {
        const { violations, text } = await tell(seed, all, rate, deaths);
        if (violations.length)
          throw new Error(`${violations.join("\n")}\n\nseed ${seed}, ${all.join(", ")}\n${text}`);
      }),
      { numRuns: RUNS, verbose: 1 },
    );
  },
  10_000 * RUNS,
);
