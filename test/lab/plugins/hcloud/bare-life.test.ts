import { withEach } from "./plugins";
import { nameOf, Recorded, recordings } from "./recordings";
import { comparable, Stage } from "./stage";

/** A stack's life, from its making to its end: see test/lab/hetzner/plugin.test.ts, of which it was recorded. */
const calls = recordings("bare");

test("the recordings are there as a whole", () => expect(calls.length).toBe(112));

withEach("a stack's life", (plugin) => {
  const stage = new Stage();
  /** What was changed at Hetzner, by run. */
  const changes: Record<string, string[]> = {};
  let requests = 0;
  beforeAll(async () => {
    await stage.open(plugin);
    stage.project.api.faults.write({
      requests: [
        { method: "POST", path: "attach_to_network", times: 1, error: "conflict" },
        { method: "POST", path: "attach_to_network", times: 1, error: "locked" },
        { method: "GET", path: "/server_types", times: 1, error: "rate_limit_exceeded", reset: 1 },
      ],
    });
  });
  afterAll(() => stage.close());

  test.each(calls.map((call, place) => [place, call.run, nameOf(call)]))(
    "%d, run %s: %s",
    async (place) => {
      const { response, errors }: Recorded = calls[place];
      const recorded = errors ? { errors } : comparable({ response });
      expect(await stage.replay(calls[place])).toEqual(recorded);
      if (calls[place].run === "04-up") requests += stage.project.api.log.summary().withoutPolls;
      (changes[calls[place].run!] ??= []).push(...stage.changes());
    },
    30_000,
  );

  test("Hetzner was asked for what the official plugin asks for, and no more", () => {
    expect(requests).toBeLessThanOrEqual(55); // 48, and what the faults cost: see test/lab/hetzner/plugin.test.ts
    expect(changes["07-up"]).toHaveLength(13);
    expect(changes["07-up"].every((one) => one.startsWith("PUT "))).toBe(true);
    expect(changes["10-up"]).toEqual(["POST /firewalls/N/actions/set_rules"]);
    expect(changes["13-up"]).toEqual([
      "POST /servers/N/actions/poweroff",
      "POST /servers/N/actions/change_type",
    ]);
  });

  test("all faults were met, and nothing is left", () => {
    const { api } = stage.project;
    expect(api.faults.read().requests!.map(({ times }) => times)).toEqual([0, 0, 0]);
    const { nextId, actions, stock, catalogue, readOnly, ...left } = api.cloud.state;
    expect(Object.values(left).flat()).toEqual([]);
  });
});
