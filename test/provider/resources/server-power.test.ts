import { CheckRequest, CheckResponse } from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { HetznerApi, Projects } from "../../../provider/hetzner";
import { serverPower } from "../../../provider/resources/server-power";
import { stackIdentity as stackIdentityResource } from "../../../provider/resources/stack-identity";
import { fromStruct, Properties } from "../../../provider/values";
import { initFailure, ServedProvider, serveProvider, urnOf } from "../../support/provider";
import { ApiServer, error, listed, startApi } from "../hetzner/api-server";
import { FakeClock } from "../virtualbox/fake-clock";

const urn = urnOf({ type: "kluster-provider:hetzner:ServerPower" });
const labels = {}; // it is known by its id
let servers: { id: number; status: string; server_type: { name: string } }[];
let api: ApiServer;
let provider: ServedProvider;
let given: Properties;
const answered: string[] = [];
/** Whether Hetzner refuses to change a type. */
let refused: boolean;

beforeEach(async () => {
  servers = [{ id: 4711, status: "running", server_type: { name: "cx23" } }];
  answered.length = 0;
  refused = false;
  api = await startApi(({ method, path }) => {
    const verb = method === "POST" && /^\/servers\/4711\/actions\/(\w+)$/.exec(path)?.[1];
    if (verb) {
      if (verb === "change_type" && refused) return error(412, "resource_unavailable");
      if (verb === "change_type") servers[0].server_type = { name: "cx23" };
      else servers[0].status = verb === "poweron" ? "running" : "off";
      return { status: 201, body: { action: { id: 1, command: verb, status: "success", error: null } } };
    }
    const common = { name: "kluster-hetzner-il", labels, primary_disk_size: 40 };
    const asked = servers.find(({ id }) => path === `/servers/${id}`);
    if (asked) return { body: { server: { ...common, ...asked } } };
    if (!path.startsWith("/servers?")) return undefined;
    return listed(
      "servers",
      servers.map((server) => ({ ...common, ...server })),
    );
  });
  await afresh();
  given = {
    ...{ token: "x".repeat(64), endpoint: api.endpoint, stackIdentity: "0123456789abcdef", host: "il" },
    ...{
      server: "4711",
      serverType: "cx23",
      running: true,
      address: "198.51.100.10",
      hostKey: "ssh-ed25519 AAAA",
      privateKey: "KEY",
    },
  };
});
afterEach(async () => {
  provider.stop();
  await api.stop();
});

/** In a process of its own, which remembers nothing. */
async function afresh(): Promise<void> {
  provider?.stop();
  const clock = new FakeClock();
  const projects = new Projects((access) => new HetznerApi({ ...access, clock }));
  provider = await serveProvider([
    stackIdentityResource,
    serverPower(projects, async ({ after }) => answered.push(after.address)),
  ]);
}

async function refreshed(): Promise<boolean | "gone"> {
  const answer = await provider.read(urn, "4711", given, given);
  return answer.getId() === "" ? "gone" : (answer.getInputs()!.toJavaScript().running as boolean);
}

test.each([
  ["running", true],
  ["starting", true],
  ["off", false],
  ["stopping", false],
])("a server that is %s shows as running: %s", async (status, running) => {
  servers[0].status = status;
  expect(await refreshed()).toBe(running);
});

test("a server that is another one, or none, is gone", async () => {
  servers[0].id = 4712;
  expect(await refreshed()).toBe("gone");
});

test("where Hetzner cannot be asked, it keeps its state as one that is not proved", async () => {
  api.answer = () => error(401, "unauthorized");
  const kept = await initFailure(provider.read(urn, "4711", given, given));
  expect(kept.getReasonsList()).toEqual([expect.stringMatching(/server of il is on could not be found out/)]);
  expect(kept.getInputs()!.toJavaScript()).toMatchObject({ running: true });
});

test("making it leaves a server that runs alone, and switches on one that is off, and waits for it", async () => {
  await provider.create(urn, given);
  expect(api.asked.map(({ method }) => method)).toEqual(["GET"]);
  expect(answered).toEqual([]);
  servers[0].status = "off";
  await afresh();
  await provider.create(urn, given);
  expect(servers[0].status).toBe("running");
  expect(answered).toEqual(["198.51.100.10"]);
});

test("in a stack's first run nobody is asked: what was just ordered is on", async () => {
  const made = await provider.create(urnOf(stackIdentityResource), { master: "il" });
  const { identity } = fromStruct(made.getProperties());
  await provider.create(urn, { ...given, stackIdentity: identity });
  expect(api.asked).toEqual([]);
});

describe("a server that is found off without a refresh", () => {
  const checked = async (before?: Properties) => {
    const request = new CheckRequest();
    request.setUrn(urn);
    request.setNews(Struct.fromJavaScript(given));
    if (before) request.setOlds(Struct.fromJavaScript(before));
    return fromStruct((await provider.call<CheckResponse>("check", request)).getInputs());
  };
  const changes = async (before: Properties, inputs: Properties) =>
    (await provider.diff(urn, before, before, inputs)).getDiffsList();

  test("is a change, which is over once it is on, and comes again when it is off again", async () => {
    servers[0].status = "off";
    const first = await checked(given);
    expect(await changes(given, first)).toEqual(["foundOff"]);
    await provider.update(urn, "4711", given, given, first);
    expect(servers[0].status).toBe("running");
    await afresh();
    const second = await checked(first);
    expect(await changes(first, second)).toEqual([]);
    servers[0].status = "off";
    await afresh();
    expect(await changes(second, await checked(second))).toEqual(["foundOff"]);
  });

  test.each<[string, () => void, () => Properties | undefined]>([
    ["it runs", () => {}, () => given],
    ["it is just stopping", () => (servers[0].status = "stopping"), () => given],
    ["it is another one", () => (servers[0].status = "off"), () => ({ ...given, server: "4710" })],
    [
      "a refresh has found it already",
      () => (servers[0].status = "off"),
      () => ({ ...given, running: false }),
    ],
    ["it is not made yet", () => (servers[0].status = "off"), () => undefined],
    ["nobody can be asked", () => (api.answer = () => error(401, "unauthorized")), () => given],
  ])("is no change when %s", async (_, arrange, before) => {
    arrange();
    expect(await checked(before())).not.toHaveProperty("foundOff");
  });
});

describe("a server that is found of another type than it was made to be, without a refresh", () => {
  const checked = async (news: Properties) => {
    const request = new CheckRequest();
    request.setUrn(urn);
    request.setNews(Struct.fromJavaScript(news));
    request.setOlds(Struct.fromJavaScript(given));
    return fromStruct((await provider.call<CheckResponse>("check", request)).getInputs());
  };
  const acts = () =>
    api.asked.filter(({ method }) => method === "POST").map(({ path }) => path.split("/").pop());

  test("is a change, which makes it that type again", async () => {
    servers[0].server_type = { name: "ccx13" };
    const news = await checked(given);
    expect((await provider.diff(urn, given, given, news)).getDiffsList()).toEqual(["foundOther"]);
    await provider.update(urn, "4711", given, given, news);
    expect(acts()).toEqual(["poweroff", "change_type", "poweron"]);
    expect(servers[0]).toMatchObject({ status: "running", server_type: { name: "cx23" } });
    expect(answered).toEqual(["198.51.100.10"]);
  });

  test("is on again when Hetzner refuses, and not proved", async () => {
    servers[0].server_type = { name: "ccx13" };
    refused = true;
    const failed = await initFailure(provider.update(urn, "4711", given, given, given));
    expect(failed.getReasonsList()).toEqual([expect.stringMatching(/resource_unavailable/)]);
    expect(acts()?.at(-1)).toBe("poweron");
    expect(servers[0].status).toBe("running");
  });

  test("is nothing while its type is just being changed: hcloud's plugin does that", async () => {
    expect(await checked({ ...given, serverType: "cx33" })).not.toHaveProperty("foundOther");
  });
});

test("an update switches it on and waits until it answers", async () => {
  servers[0].status = "off";
  await provider.update(urn, "4711", given, { ...given, running: false }, given);
  expect(servers[0].status).toBe("running");
  expect(answered).toEqual(["198.51.100.10"]);
});

test("after a change that the plugin switches it off for, it is waited for", async () => {
  await provider.update(urn, "4711", given, { ...given, serverType: "cx33" }, given);
  expect(api.asked.map(({ method }) => method)).toEqual(["GET"]); // it runs: nothing is to be switched
  expect(answered).toEqual(["198.51.100.10"]);
});

test("another key or address is no change; another server is another one", async () => {
  const diff = await provider.diff(urn, given, given, {
    ...given,
    address: "198.51.100.11",
    privateKey: "OTHER",
  });
  expect(diff.getDiffsList()).toEqual([]);
  const replaced = await provider.diff(urn, given, given, { ...given, server: "4712" });
  expect(replaced.getReplacesList()).toEqual(["server"]);
});
