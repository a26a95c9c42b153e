import { Faults } from "../../../lab/hetzner/faults";
import { Project, serverBody, TOKEN } from "./project";

let project: Project;

beforeEach(() => {
  project = new Project();
});

afterEach(async () => {
  await project.api.idle();
  project.close();
});

const inject = (faults: Faults) => project.api.faults.write(faults);

test("a request fault hits as often as it says, after those that it lets through", async () => {
  inject({ requests: [{ method: "GET", path: "/servers", skip: 1, times: 2, error: "conflict" }] });
  const answers = [];
  for (let at = 0; at < 4; at++) answers.push((await project.call("GET", "/servers")).status);
  expect(answers).toEqual([200, 409, 409, 200]);
  expect((await project.call("GET", "/locations")).status).toBe(200);
});

test("a fault can be meant for one type in one location", async () => {
  const body = '"server_type":"cpx22","location":"fsn1"';
  inject({ requests: [{ method: "POST", path: "/servers", body, times: 9, error: "resource_unavailable" }] });
  expect(await project.refused("POST", "/servers", serverBody())).toBe("412 resource_unavailable");
  await project.createServer({ location: "nbg1" });
});

test("a dropped connection leaves nothing behind, or everything", async () => {
  inject({ requests: [{ method: "POST", times: 1, drop: true }] });
  expect((await project.call("POST", "/servers", serverBody())).status).toBe(0);
  expect((await project.run("GET", "/servers")).servers).toEqual([]);
  inject({ requests: [{ method: "POST", times: 1, drop: true, afterwards: true }] });
  expect((await project.call("POST", "/servers", serverBody())).status).toBe(0);
  expect((await project.run("GET", "/servers")).servers).toMatchObject([{ name: "il" }]);
});

test("an action fails on demand, and what waits for it fails with it", async () => {
  inject({ actions: [{ command: "create_server", times: 1, error: "placement_error", message: "no host" }] });
  const { action, next_actions } = await project.run("POST", "/servers", serverBody());
  await project.api.idle();
  const { actions } = await project.run("GET", `/actions?id=${action.id}&id=${next_actions[0].id}`);
  expect(actions).toMatchObject([
    { status: "error", error: { code: "placement_error", message: "no host" } },
    { status: "error", error: { code: "action_failed" } },
  ]);
  await project.createServer({ name: "ee" });
});

test("an action takes longer on demand", async () => {
  inject({ actions: [{ command: "stop_server", times: 1, delay: 100 }] });
  const { id } = await project.createServer();
  const begin = process.hrtime.bigint();
  await project.act(`/servers/${id}/actions/poweroff`);
  expect(Number(process.hrtime.bigint() - begin) / 1e6).toBeGreaterThanOrEqual(99);
});

test.each([
  ["server_error", 500],
  ["bad_gateway", 502],
  ["unavailable", 503],
  ["timeout", 504],
  ["maintenance", 403],
])("%s has the status %d", async (error, status) => {
  inject({ requests: [{ times: 1, error }] });
  expect((await project.call("GET", "/servers")).status).toBe(status);
});

test("the rate limit counts down, refuses at its end, and fills again", async () => {
  const seconds = project.time / 1000;
  expect((await project.call("GET", "/servers")).headers).toEqual({
    "RateLimit-Limit": "3600",
    "RateLimit-Remaining": "3599",
    "RateLimit-Reset": String(seconds + 1),
    "X-Correlation-Id": expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  inject({ rateLimit: { limit: 2, perSecond: 1 } });
  await project.run("GET", "/servers");
  const refused = await project.call("GET", "/servers");
  expect(refused).toMatchObject({ status: 429, body: { error: { code: "rate_limit_exceeded" } } });
  expect(refused.headers).toMatchObject({
    "RateLimit-Remaining": "0",
    "RateLimit-Reset": String(seconds + 2),
  });
  project.time += 1000;
  expect((await project.call("GET", "/servers")).status).toBe(200);
});

test("a rate limit on demand says when it ends", async () => {
  inject({ requests: [{ times: 1, error: "rate_limit_exceeded", reset: 7 }] });
  const { status, headers } = await project.call("GET", "/servers");
  expect(status).toBe(429);
  expect(headers).toMatchObject({
    "RateLimit-Remaining": "0",
    "RateLimit-Reset": String(project.time / 1000 + 7),
  });
});

test.each([
  ["no token", "GET", "/servers", "", 401, "token is required"],
  ["a short token", "GET", "/servers", "Bearer abc", 401, "the token you have provided is invalid"],
  ["no token on an unknown path", "GET", "/nothing", "", 404, "resource not found"],
  ["no token and a wrong method", "DELETE", "/servers", "", 401, "token is required"],
  ["a wrong method", "DELETE", "/servers", `Bearer ${TOKEN}`, 405, "method not allowed"],
])("%s is answered as the live API does", async (_what, method, path, authorization, status, message) => {
  const answer = await project.call(method, path, undefined, authorization);
  expect(answer).toMatchObject({ status, body: { error: { message } } });
});

test("only the token of the project is let in", async () => {
  const own = new Project({ token: "y".repeat(64) });
  expect((await own.call("GET", "/servers")).status).toBe(401);
  expect((await own.call("GET", "/servers", undefined, `Bearer ${"y".repeat(64)}`)).status).toBe(200);
  own.close();
});

test("a body that is no JSON object is refused", async () => {
  const send = (body: string) =>
    project.api.answer({ method: "POST", path: "/servers", authorization: `Bearer ${TOKEN}`, body });
  for (const body of ["{", "[]", "3"])
    expect(await send(body)).toMatchObject({ status: 400, body: { error: { code: "json_error" } } });
});

test("data centers are gone", async () => {
  const answer = await project.api.answer({
    method: "GET",
    path: "/datacenters",
    authorization: `Bearer ${TOKEN}`,
    body: "",
  });
  expect(answer).toMatchObject({ status: 410, body: { error: { code: "deprecated_api_endpoint" } } });
});
