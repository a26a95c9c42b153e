import { withEach } from "./plugins";
import { Json, nameOf, Recorded, recordings } from "./recordings";
import { comparable, Stage } from "./stage";

/** What the program itself has the plugin do, with hands that reach in between. */
const calls = recordings("kluster");

test("the recordings are there as a whole", () => expect(calls.length).toBe(56));

withEach("the program's stack", (plugin) => {
  const stage = new Stage();
  /** What the plugin changed at Hetzner, by run. */
  const changes: Record<string, string[]> = {};
  beforeAll(() => stage.open(plugin));
  afterAll(() => stage.close());

  /** What happens before a run, by its name. */
  const before: Record<string, () => Promise<unknown>> = {
    "3-add": async () =>
      stage.project.api.faults.write({
        requests: [{ method: "POST", path: "/servers", body: '"name"', times: 1, error: "locked" }],
      }),
    "3b-again": async () =>
      stage.project.api.faults.write({
        requests: [{ method: "POST", path: "attach_to_network", times: 1, error: "conflict" }],
      }),
    "4-refresh": byHand,
    "8-soldout": async () =>
      stage.project.api.faults.write({
        requests: [
          { method: "POST", path: "/servers", body: '"name"', times: 1, error: "resource_unavailable" },
        ],
      }),
  };

  async function byHand(): Promise<void> {
    const { project } = stage;
    const server = (name: string) => project.api.cloud.state.servers.find((one) => one.name === name)!.id;
    const sam = server("kluster-hetzner-sam");
    await project.act(`/servers/${server("kluster-hetzner-ee")}/actions/poweroff`);
    await project.run("PUT", `/servers/${sam}`, {
      name: "renamed-by-hand",
      labels: { "kluster-host": "sam", mine: "yes" },
    });
    const [firewall] = project.api.cloud.state.firewalls;
    await project.run("POST", `/firewalls/${firewall.id}/actions/set_rules`, {
      rules: [{ direction: "in", protocol: "tcp", port: "8080", source_ips: ["0.0.0.0/0"] }],
    });
    await project.api.idle();
  }

  test.each(calls.map((call, place) => [place, call.run, nameOf(call)]))(
    "%d, run %s: %s",
    async (place) => {
      const call: Recorded = calls[place];
      if (call.run !== calls[place - 1]?.run) await before[call.run!]?.();
      stage.changes();
      const recorded = call.errors ? { errors: call.errors } : comparable({ response: call.response });
      expect(withoutHash(await stage.replay(call))).toEqual(withoutHash(recorded));
      (changes[call.run!] ??= []).push(...stage.changes());
    },
    30_000,
  );

  test("what was done by hand was put right, and nothing else", () => {
    expect(changes["4-refresh"]).toEqual([]);
    expect(changes["5-repair"]).toEqual([
      "POST /firewalls/N/actions/set_rules",
      "PUT /servers/N",
      "PUT /servers/N",
    ]);
    expect(changes["10-unprotect"]).toEqual(["POST /servers/N/actions/change_protection"]);
  });
});

/** The recordings have a word in place of private keys, and with them other hashes of user data. */
const withoutHash = (answer: Json): Json => {
  if (answer.response?.properties?.userData) answer.response.properties.userData = "(a hash)";
  return answer;
};
