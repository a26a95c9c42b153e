import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { RequestFault } from "../../../../lab/hetzner/faults";
import { httpServer } from "../../../../lab/hetzner/http";
import { exponential } from "../../../../lab/plugins/hcloud/client/backoff";
import { Client } from "../../../../lab/plugins/hcloud/client/client";
import { hasCode } from "../../../../lab/plugins/hcloud/client/errors";
import { pause } from "../../../../lab/plugins/hcloud/client/pause";
import { Session } from "../../../../lab/plugins/hcloud/client/session";
import { Project, serverBody, TOKEN } from "../../hetzner/project";

let project: Project;
let server: Server;
let client: Client;
let pauses: number[];
const { signal } = new AbortController();

beforeEach(async () => {
  project = new Project({ now: () => new Date(), correlation: () => undefined });
  server = httpServer(project.api);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  pauses = [];
  client = new Client({
    endpoint: endpoint(),
    token: TOKEN,
    poll: exponential(500, 10_000),
    random: () => 1,
    pause: async (milliseconds) => void pauses.push(milliseconds),
  });
});

afterEach(async () => {
  await project.api.idle();
  await new Promise((resolve) => server.close(resolve));
  project.close();
});

const endpoint = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
const inject = (...requests: RequestFault[]) => project.api.faults.write({ requests });
const refused = (call: Promise<unknown>) =>
  call.then(
    () => "passed",
    (error: Error) => error.message,
  );

describe("what hcloud-go repeats", () => {
  test.each(["conflict", "rate_limit_exceeded", "bad_gateway", "timeout"])(
    "%s, of a change, too",
    async (error) => {
      inject({ method: "POST", times: 5, error });
      await client.call(signal, "POST", "/placement_groups", { name: "one", type: "spread" });
      expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000]);
    },
  );

  test("five times and no more", async () => {
    inject({ times: 6, error: "conflict" });
    expect(await refused(client.call(signal, "GET", "/servers"))).toMatch(/^conflict .*\(conflict\)$/);
    expect(pauses).toHaveLength(5);
  });

  test.each(["locked", "resource_unavailable", "unavailable", "server_error", "maintenance"])(
    "never %s",
    async (error) => {
      inject({ times: 1, error });
      expect(await refused(client.call(signal, "GET", "/servers"))).toBe(
        `${error} (a fault on demand) (${error})`,
      );
      expect(pauses).toEqual([]);
    },
  );

  test("never a connection that is cut or refused", async () => {
    inject({ times: 1, drop: true });
    const url = `${endpoint()}/servers`;
    expect(await refused(client.call(signal, "GET", "/servers"))).toBe(`Get "${url}": EOF`);
    const nobody = new Client({ endpoint: "http://127.0.0.1:9/v1", token: TOKEN, poll: exponential(1) });
    expect(await refused(nobody.call(signal, "POST", "/servers"))).toBe(
      `Post "http://127.0.0.1:9/v1/servers": dial tcp 127.0.0.1:9: connect: connection refused`,
    );
  });

  test("after a pause that is drawn", async () => {
    const random = [0, 0.5];
    const drawn = new Client({
      endpoint: endpoint(),
      token: TOKEN,
      poll: exponential(1),
      random: () => random.shift()!,
      pause: async (milliseconds) => void pauses.push(milliseconds),
    });
    inject({ times: 2, error: "conflict" });
    await drawn.call(signal, "GET", "/servers");
    expect(pauses).toEqual([1000, 1500]);
  });
});

describe("what the provider repeats on top", () => {
  test("five tries, 1, 2, 4 and 8 s apart", async () => {
    const session = new Session(client, signal);
    let tries = 0;
    const work = async () => {
      tries++;
      return session.get("/servers");
    };
    inject({ times: 9, error: "locked" });
    expect(await refused(session.persist(5, (error) => hasCode(error, "locked"), work))).toContain(
      "(locked)",
    );
    expect([tries, pauses]).toEqual([5, [1000, 2000, 4000, 8000]]);
    expect(await refused(session.persist(5, (error) => hasCode(error, "conflict"), work))).toContain(
      "(locked)",
    );
    expect(tries).toBe(6);
  });
});

describe("waiting for an action", () => {
  test("looks ever more seldom, up to every 10 s", async () => {
    const slow = new Client({
      endpoint: endpoint(),
      token: TOKEN,
      poll: exponential(500, 10_000),
      // Time passes for the action only at the seventh look.
      pause: async (milliseconds) => {
        pauses.push(milliseconds);
        if (pauses.length === 7) await project.api.idle();
      },
    });
    project.api.faults.write({ actions: [{ command: "create_server", times: 1, delay: 400 }] });
    await new Session(slow, signal).settle(await slow.call(signal, "POST", "/servers", serverBody()));
    expect(pauses.slice(0, 7)).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  test("fails as the action does, and names it", async () => {
    const error = "placement_error";
    project.api.faults.write({
      actions: [{ command: "create_server", times: 1, error, message: "no host" }],
    });
    const session = new Session(client, signal);
    const answer = await session.post("/servers", serverBody());
    await project.api.idle();
    expect(await refused(session.settle(answer))).toBe(`no host (placement_error, ${answer.action.id})`);
  });

  test("ends with its caller", async () => {
    const patient = new Client({ endpoint: endpoint(), token: TOKEN, poll: exponential(60_000), pause });
    project.api.faults.write({ actions: [{ command: "create_server", times: 1, delay: 50 }] });
    const answer = await patient.call(signal, "POST", "/servers", serverBody());
    const late = new Session(patient, AbortSignal.timeout(20));
    expect(await refused(late.settle(answer))).toBe("context deadline exceeded");
    const stopped = new Session(patient, AbortSignal.abort());
    expect(await refused(stopped.settle(answer))).toBe("context canceled");
  });
});
