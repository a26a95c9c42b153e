import { createServer } from "node:net";
import * as fc from "fast-check";
import { HetznerApi, HetznerError } from "../../../provider/hetzner";
import { FakeClock } from "../virtualbox/fake-clock";
import { Answer, ApiServer, error, listed, oneByOne, startApi } from "./api-server";

const token = "s3cr3t".repeat(10) + "zzzz";
let server: ApiServer;
let clock: FakeClock;
let api: HetznerApi;

beforeEach(async () => {
  server = await startApi();
  clock = new FakeClock();
  api = open();
});
afterEach(() => server.stop());

function open(options: object = {}): HetznerApi {
  return new HetznerApi({ token, endpoint: server.endpoint, clock, ...options });
}

async function failureOf(call: Promise<unknown>): Promise<HetznerError> {
  const outcome = await call.then(
    (value) => new Error(`succeeded with ${JSON.stringify(value)}`),
    (failure) => failure,
  );
  expect(outcome).toBeInstanceOf(HetznerError);
  expect(outcome.message).not.toContain(token);
  return outcome;
}

describe("what is asked", () => {
  test("carries the token and the query, lists repeated", async () => {
    server.answer = () => ({ body: { ok: true } });
    await expect(api.get("/actions", { query: { id: [1, 2], sort: "id:asc" } })).resolves.toEqual({
      ok: true,
    });
    expect(server.asked).toEqual([
      { method: "GET", path: "/actions?id=1&id=2&sort=id%3Aasc", authorization: `Bearer ${token}` },
    ]);
  });

  test("is not asked again by way of another address, which would get the token", async () => {
    const other = await startApi(() => ({ body: {} }));
    try {
      server.answer = () => ({ status: 307, headers: { location: `${other.endpoint}/servers` } });
      await failureOf(api.get("/servers"));
      expect(other.asked).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  test.each([
    ["nothing", ""],
    ["a line break, which fetch would show with the token", `${token}\n`],
    ["a space", `${token} `],
    ["letters that no token has", `${token}ü`],
  ])("refuses a token with %s, and says how to set one", (_, wrong) => {
    const make = () => new HetznerApi({ token: wrong });
    expect(make).toThrow(/pulumi config set --secret hcloud:token/);
    expect(make).toThrow(expect.objectContaining({ message: expect.not.stringContaining(token) }));
  });

  test.each(["api.hetzner.cloud", "ftp://api.hetzner.cloud", ""])("refuses the endpoint %j", (endpoint) => {
    expect(() => new HetznerApi({ token, endpoint })).toThrow(/must begin with https:\/\/ or http:\/\//);
  });
});

describe("a list", () => {
  test("is put together from all of its pages, whatever their size", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat()), fc.integer({ min: 1, max: 7 }), async (ids, size) => {
        server.asked = [];
        const pages = Math.max(1, Math.ceil(ids.length / size));
        server.answer = ({ path }) => {
          const page = Number(new URL(path, "http://api").searchParams.get("page"));
          const servers = ids.slice((page - 1) * size, page * size).map((id) => ({ id }));
          return { body: { servers, meta: { pagination: { next_page: page < pages ? page + 1 : null } } } };
        };
        const all = await api.list<{ id: number }>("servers", { query: { label_selector: "a=b" } });
        expect(all.map(({ id }) => id)).toEqual(ids);
        expect(server.asked).toHaveLength(pages);
        expect(server.asked.every(({ path }) => path.includes("label_selector=a%3Db"))).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test("does not turn in circles when the API does", async () => {
    server.answer = () => ({ body: { servers: [], meta: { pagination: { next_page: 1 } } } });
    expect((await failureOf(api.list("servers"))).message).toMatch(/page 1 as the one after page 1/);
    expect(server.asked).toHaveLength(1);
  });

  test("that is none is no Hetzner", async () => {
    server.answer = () => ({ body: { hello: "world" } });
    expect(await failureOf(api.list("servers"))).toMatchObject({ code: "not_the_api" });
  });
});

describe("what can pass is tried again", () => {
  const ok = { body: { done: true } };
  const inSeconds = (seconds: number) => ({ "ratelimit-reset": String(seconds) });

  test.each<[string, Answer[], number[]]>([
    ["conflict", [error(409, "conflict"), ok], [1000]],
    [
      "locked, for as long as there is time",
      Array(6).fill(error(423, "locked")),
      [1, 2, 4, 8, 8, 8].map((s) => s * 1000),
    ],
    ["502 of a proxy, in HTML", [{ status: 502, body: "<html>" }, ok], [1000]],
    ["503", [error(503, "service_error"), error(503, "maintenance"), ok], [1000, 2000]],
    ["a dropped connection", ["drop", "drop", "drop", ok], [500, 1000, 2000]],
    [
      "the rate limit, until it is said to be over",
      [error(429, "rate_limit_exceeded", "", inSeconds(42)), ok],
      [42_000],
    ],
    [
      "the rate limit, a minute at most",
      [error(429, "rate_limit_exceeded", "", inSeconds(3600)), ok],
      [60_000],
    ],
    [
      "the rate limit that is over already",
      [error(429, "rate_limit_exceeded", "", inSeconds(-5)), ok],
      [1000],
    ],
    ["the rate limit without a word when it ends", [{ status: 429, body: "slow down" }, ok], [1000]],
    [
      "the rate limit with a senseless word",
      [error(429, "rate_limit_exceeded", "", { "ratelimit-reset": "soon" }), ok],
      [1000],
    ],
  ])("%s", async (_, answers, pauses) => {
    server.answer = oneByOne(...answers.filter((answer) => answer !== ok), ok);
    await expect(api.get("/servers")).resolves.toEqual({ done: true });
    expect(clock.pauses).toEqual(pauses);
  });

  test("and the user is told what is waited for", async () => {
    server.answer = oneByOne(error(423, "locked"), ok);
    const onWait = jest.fn();
    await api.get("/servers/1", { onWait });
    expect(onWait.mock.calls).toEqual([["locked at GET /servers/1: trying again in 1 s"]]);
  });

  test("but only what the caller knows to pass, where the API's word is not clear", async () => {
    server.answer = oneByOne(error(422, "resource_in_use"), { status: 204 });
    await failureOf(api.delete("/firewalls/1"));
    server.answer = oneByOne(error(422, "resource_in_use"), { status: 204 });
    await expect(api.delete("/firewalls/1", { passing: ["resource_in_use"] })).resolves.toBeUndefined();
  });
});

describe("what does not pass", () => {
  test.each<[string, Answer, number]>([
    ["unauthorized", error(401, "unauthorized"), 1],
    ["token_readonly", error(403, "token_readonly"), 1],
    ["resource_unavailable", error(412, "resource_unavailable"), 1],
    ["unsupported_error", error(503, "unsupported_error"), 1],
    ["service_error", error(500, "service_error"), 5],
    ["unreachable", "drop", 4],
    ["not_the_api", { body: "<html>please log in</html>", headers: { "content-type": "text/html" } }, 1],
  ])("%s ends the call after as many attempts as make sense", async (code, answer, attempts) => {
    server.answer = () => answer;
    expect(await failureOf(api.get("/servers"))).toMatchObject({ code });
    expect(server.asked).toHaveLength(attempts);
  });

  test.each([
    [error(423, "locked"), "locked"],
    [error(429, "rate_limit_exceeded", "", { "ratelimit-reset": "9999999999" }), "rate_limit_exceeded"],
  ])("nothing is waited for beyond the deadline (%j)", async (answer, code) => {
    server.answer = () => answer;
    const failure = await failureOf(open({ deadline: 90_000 }).get("/servers"));
    expect(failure).toMatchObject({ code });
    expect(failure.message).toMatch(/^GET \/servers was given up after 90 s\./);
    expect(clock.time).toBeLessThanOrEqual(90_000);
    expect(clock.time).toBeGreaterThan(30_000);
  });

  test("an answer that does not come is not waited for for ever", async () => {
    server.answer = () => "hang";
    const failure = await failureOf(open({ requestTimeout: 1_000 }).get("/servers"));
    expect(failure.code).toBe("no_answer");
    expect(failure.message).toMatch(/has not answered GET \/servers within 1 s/);
    expect(server.asked).toHaveLength(2);
  });

  test("nobody there is told apart, with what to look at", async () => {
    const socket = createServer();
    await new Promise<void>((resolve) => socket.listen(0, "127.0.0.1", resolve));
    const { port } = socket.address() as { port: number };
    await new Promise((resolve) => socket.close(resolve));
    const failure = await failureOf(open({ endpoint: `http://127.0.0.1:${port}/v1` }).get("/servers"));
    expect(failure.message).toMatch(
      /cannot be reached for GET \/servers \(ECONNREFUSED\)\. See whether this box is online/,
    );
  });

  test("a cancelled call ends at once, also between attempts", async () => {
    const cancel = new AbortController();
    server.answer = () => {
      cancel.abort(new Error("cancelled"));
      return error(423, "locked");
    };
    await expect(api.get("/servers", { signal: cancel.signal })).rejects.toThrow("cancelled");
    expect(server.asked).toHaveLength(1);
  });
});

describe("an error says what it is and what to do", () => {
  test.each([
    ["unauthorized", 401, /The token is wrong, or was revoked.*pulumi config set --secret hcloud:token/],
    ["token_readonly", 403, /The token may only read.*pulumi config set --secret hcloud:token/],
    ["resource_limit_exceeded", 403, /Have the limit raised/],
    ["protected", 423, /Take its protection off/],
  ])("%s", async (code, status, words) => {
    server.answer = () => error(status, code, "because");
    const { message } = await failureOf(api.get("/servers"));
    expect(message).toMatch(words);
    expect(message).toContain(`Hetzner's API answers GET /servers with ${code}: because.`);
  });

  test("with the fields that are wrong", async () => {
    const fields = [{ name: "ip_range", messages: ["is too small", "is public"] }, { name: "name" }];
    server.answer = () => error(422, "invalid_input", "invalid input", {}, { fields });
    expect((await failureOf(api.act("/networks"))).message).toMatch(
      /invalid input; ip_range: is too small, is public; name: wrong\.$/,
    );
  });

  test("and never repeats the token, even if the other side does", async () => {
    for (const answer of [error(401, "unauthorized", `bad ${token}`), error(503, "service_error", token)]) {
      server.answer = () => answer;
      expect((await failureOf(api.get("/servers"))).message).toContain("(the token)");
    }
    server.answer = () => ({ body: "<html>", headers: { "content-type": token } });
    expect((await failureOf(api.get("/servers"))).message).toContain("(the token)");
    const action = { id: 1, command: "stop", status: "error", error: { code: "failed", message: token } };
    server.answer = () => ({ body: { action } });
    expect((await failureOf(api.delete("/servers/1"))).message).toContain("(the token)");
  });
});

describe("actions", () => {
  const action = (id: number, status: string, failure: unknown = null) => ({
    ...{ id, command: "delete_server", status, error: failure },
  });

  test("are waited for, all at once", async () => {
    let polls = 0;
    server.answer = ({ method }) => {
      if (method === "DELETE")
        return { body: { action: action(7, "running"), actions: [action(8, "running")] } };
      const status = ++polls < 3 ? "running" : "success";
      return { body: { actions: [action(7, "success"), action(8, status)] } };
    };
    await api.delete("/servers/1");
    expect(server.asked.map(({ path }) => path)).toEqual([
      "/servers/1",
      "/actions?id=7&id=8",
      "/actions?id=8",
      "/actions?id=8",
    ]);
  });

  test("that fail are failures, in Hetzner's words", async () => {
    server.answer = ({ method }) =>
      method === "POST"
        ? { body: { action: action(7, "running") } }
        : { body: { actions: [action(7, "error", { code: "action_failed", message: "host is on fire" })] } };
    expect((await failureOf(api.act("/servers/1/actions/poweroff"))).message).toBe(
      "Hetzner could not finish delete_server (action_failed): host is on fire.",
    );
  });

  test("that never end are given up", async () => {
    server.answer = () => ({ body: { action: action(7, "running"), actions: [action(7, "running")] } });
    const failure = await failureOf(open({ deadline: 30_000 }).delete("/servers/1"));
    expect(failure.message).toMatch(/^Hetzner has not finished delete_server.* within 30 s\./);
    expect(clock.time).toBeLessThanOrEqual(30_000);
  });

  test("what is gone already is deleted", async () => {
    server.answer = () => error(404, "not_found");
    await expect(api.delete("/servers/1")).resolves.toBeUndefined();
    server.answer = () => listed("servers", []);
    await expect(api.list("servers")).resolves.toEqual([]);
  });
});
