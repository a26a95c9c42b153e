import { CheckRequest, CheckResponse } from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { HetznerApi, Projects } from "../../../provider/hetzner";
import { serverChoice } from "../../../provider/resources/server-choice";
import { stackIdentity as identityResource } from "../../../provider/resources/stack-identity";
import { fromStruct, Properties, UNKNOWN } from "../../../provider/values";
import { Answer, ApiServer, error, listed, startApi } from "../hetzner/api-server";
import { answers } from "../hetzner/offers";
import { ModelledResource } from "../../support/pulumi-model";
import { initFailure, secretOnWire, ServedProvider, serveProvider, urnOf } from "../../support/provider";
import { FakeClock } from "../virtualbox/fake-clock";

const token = "t0k3n".repeat(12) + "zzzz";
const stackIdentity = "0123456789abcdef";
const urn = urnOf({ type: "kluster-provider:hetzner:ServerChoice" });
const NETWORK = 99;
const decided = {
  serverType: "cx23",
  location: "fsn1",
  monthlyCost: { server: "5.49", ipv4: "0.50", total: "5.99", currency: "EUR" },
  order: 1,
};

let server: ApiServer;
let provider: ServedProvider;
let given: Properties;
/** What the cloud has: types as offers.ts describes them, and servers of this stack by host. */
let offers: Parameters<typeof answers>[0];
let servers: Record<string, object>;
/** Hosts whose public addresses are there. */
let withAddresses: string[];
/** Whether the stack's network is there. */
let hasNetwork: boolean;
/** By host, the server that has its public address. */
let assigned: Record<string, number>;
let fault: (path: string) => Answer | undefined;

beforeEach(async () => {
  offers = { cx23: { price: "5.49" }, cx33: { price: "8.49" }, cpx12: { price: "11.49" } };
  servers = {};
  withAddresses = ["il"];
  assigned = {};
  hasNetwork = true;
  fault = () => undefined;
  server = await startApi(({ path }) => fault(path) ?? answer(path));
  provider = await freshProcess();
  given = {
    ...{ token, endpoint: server.endpoint, stackIdentity, host: "il" },
    ...{ serverName: "kluster-dev-il", address: "10.64.0.11" },
    ...{ serverTypes: ["cx23", "cpx12"], locations: ["fsn1", "nbg1"], ipv4: true },
  };
});
afterEach(async () => {
  provider.stop();
  await server.stop();
});

function freshProcess(): Promise<ServedProvider> {
  const clock = new FakeClock();
  const projects = new Projects((access) => new HetznerApi({ ...access, clock }));
  return serveProvider([serverChoice(projects), identityResource]);
}

function answer(path: string): Answer | undefined {
  const { server_types, pricing } = answers(offers);
  switch (path.split("?")[0]) {
    case "/server_types":
      return listed("server_types", server_types);
    case "/pricing":
      return { body: { pricing } };
    case "/servers":
      return listed(
        "servers",
        Object.entries(servers).map(([host, more], index) => ({
          ...{
            id: index + 1,
            name: `kluster-dev-${host}`,
            status: "running",
            primary_disk_size: 40,
            server_type: { name: "cx23" },
            location: { name: "fsn1" },
            labels: { "kluster-stack": stackIdentity, "kluster-host": host },
            ...more,
          },
        })),
      );
    case "/primary_ips":
      return listed(
        "primary_ips",
        withAddresses.map((host, index) => ({
          ...{ id: 100 + index, name: `kluster-dev-${host}-ipv6-fsn1`, assignee_id: assigned[host] ?? null },
          labels: { "kluster-stack": stackIdentity, "kluster-host": host },
        })),
      );
    case "/networks":
      return listed(
        "networks",
        hasNetwork ? [{ id: NETWORK, name: "kluster-dev", labels: { "kluster-stack": stackIdentity } }] : [],
      );
    default:
      return undefined;
  }
}

async function check(news: Properties, olds?: Properties) {
  const request = new CheckRequest();
  request.setUrn(urn);
  if (olds) request.setOlds(Struct.fromJavaScript(olds));
  request.setNews(Struct.fromJavaScript(news));
  const response = await provider.call<CheckResponse>("check", request);
  const failures = response.getFailuresList().map((failure) => failure.toObject());
  for (const { reason } of failures) expect(reason).not.toContain(token);
  for (const { message } of provider.lines) expect(message).not.toContain(token);
  return {
    inputs: fromStruct(response.getInputs()),
    failures,
    wire: response.getInputs()!.toJavaScript() as any,
  };
}

const lines = () => provider.lines.filter(({ ephemeral }) => !ephemeral);
const askedFor = () => server.asked.map(({ path }) => path.split("?")[0]);

describe("a first choice", () => {
  test("is known in the preview already, with its price, even before the stack has an identity", async () => {
    const { inputs } = await check({ ...given, stackIdentity: UNKNOWN });
    expect(inputs).toMatchObject(decided);
    const preview = await provider.create(urn, inputs, true);
    expect(fromStruct(preview.getProperties())).toMatchObject(decided);
    expect(lines()).toEqual([]);
  });

  test("is what `pulumi up` keeps, the token secret", async () => {
    const { inputs, wire } = await check(given);
    expect(wire.token).toEqual(secretOnWire(token));
    const made = await provider.create(urn, inputs);
    expect(made.getId()).toBe("il");
    expect(fromStruct(made.getProperties())).toEqual({ ...given, ...decided });
    expect((made.getProperties()!.toJavaScript() as any).token).toEqual(secretOnWire(token));
  });

  test("asks twice in the run that makes the stack, and for servers not at all", async () => {
    const made = await provider.create(urnOf(identityResource), { master: "il" });
    for (const stackIdentity of [UNKNOWN, made.getId()]) {
      await check({ ...given, stackIdentity });
      await check({ ...given, stackIdentity, host: "ee" });
    }
    expect(askedFor().sort()).toEqual(["/pricing", "/server_types"]);
  });

  test("asks a third time in later runs, for who has which private address", async () => {
    await check(given);
    await check({ ...given, host: "ee", address: "10.64.0.12" });
    expect(askedFor().sort()).toEqual(["/pricing", "/server_types", "/servers"]);
  });

  test("waits for a token that is not known yet", async () => {
    const { inputs, failures } = await check({ ...given, token: UNKNOWN });
    expect(failures).toEqual([]);
    expect(inputs).not.toHaveProperty("serverType");
    const preview = await provider.create(urn, inputs, true);
    expect(fromStruct(preview.getProperties())).toMatchObject({ serverType: UNKNOWN, monthlyCost: UNKNOWN });
    expect(server.asked).toEqual([]);
  });

  test("says once, not in every check, why it is not the first wish", async () => {
    offers.cx23 = { price: "5.49", fsn1: { available: false }, nbg1: { available: false } };
    await check(given);
    const { inputs } = await check(given);
    expect(inputs).toMatchObject({ serverType: "cpx12", location: "fsn1" });
    expect(lines()).toEqual([
      expect.objectContaining({
        severity: "info",
        message: "il: cpx12 in fsn1 is taken, as cx23 is out of stock in fsn1, nbg1",
      }),
    ]);
  });

  test.each<[string, RegExp, () => void]>([
    [
      "the wrong token",
      /wrong, or was revoked.*pulumi config set --secret hcloud:token/,
      () => (fault = () => error(401, "unauthorized", `bad ${token}`)),
    ],
    [
      "a token that is none",
      /has spaces.*pulumi config set --secret hcloud:token/,
      () => (given.token = `${token} `),
    ],
    [
      "an empty token",
      /There is no token.*pulumi config set --secret hcloud:token/,
      () => (given.token = ""),
    ],
    ["nothing in stock", /^No server can be ordered for il:/, () => (offers = {})],
    ["nobody there", /See whether this box is online/, () => (fault = () => "drop")],
    ["somebody else there", /is not Hetzner's API/, () => (fault = () => ({ body: "<html>" }))],
  ])("fails before anything is made with %s", async (_, reason, arrange) => {
    arrange();
    const { failures } = await check(given);
    expect(failures).toEqual([{ property: "", reason: expect.stringMatching(reason) }]);
  });
});

describe("a choice that was made", () => {
  const earlier = () => ({
    ...given,
    ...decided,
    monthlyCost: { server: "3.99", ipv4: "0.50", total: "4.49", currency: "EUR" },
  });

  test("stays with its old price while the server is there, whatever is in stock, for one request", async () => {
    servers = { il: {} };
    offers = {};
    const { inputs } = await check({ ...given, serverTypes: ["cpx12", "cx23"] }, earlier());
    expect(inputs).toMatchObject({ ...decided, monthlyCost: { server: "3.99", total: "4.49" } });
    expect(askedFor()).toEqual(["/servers"]);
    expect(lines()).toEqual([]);
    expect((await provider.diff(urn, earlier(), earlier(), inputs)).getDiffsList()).toEqual([]);
  });

  test.each<[string, Answer]>([
    ["is offline", "drop"],
    ["does not take the token", error(401, "unauthorized")],
    ["has a fault", error(503, "service_error")],
  ])("stays with a warning when Hetzner %s", async (_, answer) => {
    fault = () => answer;
    const { inputs, failures } = await check(given, earlier());
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject({ ...decided, monthlyCost: { total: "4.49" } });
    expect(lines()).toEqual([
      {
        severity: "warning",
        ephemeral: false,
        message: expect.stringMatching(
          /^il: whether its server is there could not be found out, so cx23 in fsn1 stays/,
        ),
      },
    ]);
  });

  test("is not changed blindly: what is wished for anew needs an answer", async () => {
    fault = (path) => (path.startsWith("/servers") ? error(401, "unauthorized") : undefined);
    const { failures } = await check({ ...given, serverTypes: ["cpx12"] }, earlier());
    expect(failures).toEqual([{ property: "", reason: expect.stringMatching(/unauthorized/) }]);
  });

  test("does not give way when the run failed before the order: its addresses are not there either", async () => {
    withAddresses = ["ee"];
    const { inputs } = await check(given, earlier());
    expect(inputs).toMatchObject({ serverType: "cx23", location: "fsn1" });
    expect(lines()).toEqual([]);
  });

  /** What further runs choose, each in a process of its own, while nothing comes of it. */
  async function inARow(runs: number): Promise<string[]> {
    let state: Properties = earlier();
    const tried: string[] = [];
    for (let run = 0; run < runs; run++) {
      provider.stop();
      provider = await freshProcess();
      state = (await check(given, state)).inputs;
      tried.push(`${state.serverType} in ${state.location}`);
      expect(lines()[0]).toMatchObject({ severity: "info" });
    }
    return tried;
  }

  test("gives way once, to what costs no more, when its server never came and nobody says why", async () => {
    expect(await inARow(4)).toEqual(Array(4).fill("cx23 in nbg1"));
  });

  test("does not give way to what costs more when nobody says why", async () => {
    given.locations = ["fsn1"];
    expect(await inARow(3)).toEqual(Array(3).fill("cx23 in fsn1"));
  });

  test("gives way at any price once it is out of stock", async () => {
    const none = { available: false };
    offers.cx23 = { price: "5.49", fsn1: none, nbg1: none };
    expect(await inARow(2)).toEqual(["cpx12 in fsn1", "cpx12 in nbg1"]);
    expect(lines()[0].message).toMatch(/cpx12 in nbg1, the next of the preferences that costs no more/);
  });

  test("is ordered again as it was when its server had been seen: its order did not fail", async () => {
    servers = { il: {} };
    const { inputs } = await check(given, earlier());
    expect(inputs.server).toBe(1);
    expect((await provider.diff(urn, earlier(), earlier(), inputs)).getDiffsList()).toEqual([]);
    provider.stop();
    provider = await freshProcess();
    servers = {};
    const again = (await check(given, inputs)).inputs;
    expect(again).toMatchObject({ serverType: "cx23", location: "fsn1", order: 2 });
    expect(again).not.toHaveProperty("server");
    expect(askedFor()).toContain("/servers/1"); // proof: an answer to its own id
    expect(lines()[0].message).toMatch(/^il: its server, a cx23 in fsn1, is gone; the same is ordered again/);
  });

  test.each([
    ["is there", { il: {} }, ["il"], 1],
    ["is switched off", { il: { status: "off" } }, ["il"], 1],
    ["was never finished", { il: { status: "initializing" } }, ["il"], 2],
    ["is not there", {}, ["il"], 2],
    ["is not there, and its addresses neither", {}, [], 2],
  ])("counts its orders when its server %s", async (_, there, addresses, order) => {
    servers = there;
    withAddresses = addresses;
    expect((await check(given, earlier())).inputs).toMatchObject({ order });
  });

  test("is of the order that it was when nobody can be asked", async () => {
    fault = (path) => (path.startsWith("/servers") ? error(401, "unauthorized") : undefined);
    expect((await check(given, { ...earlier(), order: 3 })).inputs).toMatchObject({ order: 3 });
  });

  test("shows the next as a change in place, with both prices", async () => {
    offers.cx23 = { price: "5.49", fsn1: { available: false }, nbg1: null };
    const { inputs } = await check(given, earlier());
    const diff = await provider.diff(urn, earlier(), earlier(), inputs);
    expect(diff.getDiffsList().sort()).toEqual(["monthlyCost", "order", "serverType"]);
    expect(diff.getReplacesList()).toEqual([]);
    expect(lines()[0].message).toMatch(/€11\.99 instead of €4\.49 a month/);
    const updated = await provider.update(urn, "il", earlier(), earlier(), inputs);
    expect(fromStruct(updated.getProperties())).toMatchObject({
      serverType: "cpx12",
      monthlyCost: { total: "11.99" },
    });
  });

  test("becomes a rescale, with a warning of the price, when its type is taken out of the list", async () => {
    servers = { il: { primary_disk_size: 40 } };
    const { inputs } = await check({ ...given, serverTypes: ["cpx12"] }, earlier());
    expect(inputs).toMatchObject({ serverType: "cpx12", location: "fsn1" });
    expect(lines()).toEqual([
      expect.objectContaining({ severity: "warning", message: expect.stringMatching(/becomes a cpx12/) }),
    ]);
  });

  test.each([
    ["by its location", { location: { name: "nbg1" } }],
    [
      "by its datacenter's, in older answers",
      { location: undefined, datacenter: { location: { name: "nbg1" } } },
    ],
  ])("gives way to the server that is there, found %s", async (_, where) => {
    servers = { il: { server_type: { name: "cpx12" }, ...where } };
    const { inputs } = await check(given, earlier());
    expect(inputs).toMatchObject({ serverType: "cpx12", location: "nbg1", monthlyCost: { total: "11.99" } });
    expect(lines()).toEqual([
      expect.objectContaining({ severity: "info", message: expect.stringMatching(/not the cx23 in fsn1/) }),
    ]);
    provider.stop();
    provider = await freshProcess();
    const again = (await check(given, inputs)).inputs;
    expect((await provider.diff(urn, inputs, inputs, again)).getDiffsList()).toEqual([]);
    expect(lines()).toEqual([]);
  });

  test("stays when the list of servers is not what it was", async () => {
    servers = { il: { server_type: null } };
    const { inputs } = await check(given, earlier());
    expect(inputs).toMatchObject({ serverType: "cx23", location: "fsn1" });
    expect(lines()[0].message).toMatch(/could not be found out.*kluster-dev-il has no type/);
  });

  test("stays with a warning while its server is switched off, for no further request", async () => {
    servers = { il: { status: "off" } };
    const { inputs } = await check(given, earlier());
    expect(inputs).toMatchObject({ ...decided, monthlyCost: { total: "4.49" } });
    expect(lines()).toEqual([
      expect.objectContaining({
        severity: "warning",
        message: "il: its server is switched off; `pulumi up` switches it on, and waits for it",
      }),
    ]);
    expect(askedFor()).toEqual(["/servers"]);
  });

  test.each(["running", "starting", "rebuilding"])(
    "needs no warning while its server is %s",
    async (status) => {
      servers = { il: { status }, ee: { status: "off" } };
      await check(given, earlier());
      expect(lines()).toEqual([]);
    },
  );

  test("counts the server's disk at a rescale", async () => {
    servers = { il: { primary_disk_size: 80 } };
    const { failures } = await check({ ...given, serverTypes: ["cpx12"] }, earlier());
    expect(failures).toEqual([{ property: "", reason: expect.stringMatching(/disks never shrink/) }]);
  });

  test("becomes a replacement, with a warning, when its location is taken out of the list", async () => {
    servers = { il: {} };
    const { inputs } = await check({ ...given, locations: ["nbg1"] }, earlier());
    expect(inputs).toMatchObject({ serverType: "cx23", location: "nbg1" });
    expect(lines()).toEqual([
      expect.objectContaining({ severity: "warning", message: expect.stringMatching(/REPLACED/) }),
    ]);
  });

  test("gets and loses the price of an IPv4 address without losing its own", async () => {
    servers = { il: {} };
    const without = (await check({ ...given, ipv4: false }, earlier())).inputs;
    expect(without.monthlyCost).toEqual({ server: "3.99", ipv4: "0.00", total: "3.99", currency: "EUR" });
    expect(askedFor()).toEqual(["/servers"]);
    const again = (await check(given, without)).inputs;
    expect(again.monthlyCost).toEqual(earlier().monthlyCost);
    expect((await provider.diff(urn, without, without, again)).getDiffsList()).toEqual(["monthlyCost"]);
  });

  test("is no other by another token, and another host's by another host", async () => {
    const other = { ...earlier(), token: "n".repeat(64) };
    expect((await provider.diff(urn, earlier(), earlier(), other)).getDiffsList()).toEqual([]);
    const diff = await provider.diff(urn, earlier(), earlier(), { ...earlier(), host: "ee" });
    expect(diff.getReplacesList()).toEqual(["host"]);
  });
});

// Pulumi's part is modelled, hcloud's plugin makes and changes the server.
describe.each([["at once"], ["after a refresh"]])(
  "a choice that failed and is taken back, looked at %s,",
  (when) => {
    let model: ModelledResource;
    const chosen = () => ({ ...model.state!.outputs, monthlyCost: undefined });

    beforeEach(async () => {
      servers = { il: {} };
      model = new ModelledResource(provider, "kluster-provider:hetzner:ServerChoice");
      await model.up(given);
    });

    /** The next run is another process. */
    async function nextRun(): Promise<void> {
      const { state } = model;
      provider.stop();
      provider = await freshProcess();
      model = new ModelledResource(provider, "kluster-provider:hetzner:ServerChoice");
      model.state = state;
      if (when === "after a refresh") await model.refresh();
    }

    test("is what it was, by the server that Hetzner did not change", async () => {
      await model.up({ ...given, serverTypes: ["cpx12"] });
      expect(chosen()).toMatchObject({ serverType: "cpx12" });
      await nextRun();
      await model.up(given);
      expect(chosen()).toMatchObject({ serverType: "cx23", location: "fsn1", order: 1 });
      await nextRun();
      expect((await model.plan(given)).step).toBe("same");
    });

    test("is what is wished for, of another order, when the server of the other was never made", async () => {
      servers = {};
      model.state = undefined;
      const other = { ...given, serverTypes: ["cpx12"], locations: ["fsn1"] };
      await model.up(other);
      await nextRun(); // a refresh finds no server: nothing is decided then
      const wish = { ...given, serverTypes: ["cx23"], locations: ["fsn1"] };
      await model.up(wish);
      expect(chosen()).toMatchObject({ serverType: "cx23", order: when === "at once" ? 2 : 1 });
      servers = { il: {} };
      await nextRun();
      expect((await model.plan(wish)).step).toBe("same");
    });
  },
);

describe("the private address of another host's server", () => {
  const taken = {
    ee: {
      private_net: [
        { network: 1, ip: "10.64.0.99" },
        { network: 1, ip: "10.64.0.11" },
      ],
    },
  };
  const earlier = () => ({ ...given, ...decided });
  const refusal = {
    property: "",
    reason:
      "il cannot have the private address 10.64.0.11: the server kluster-dev-ee, of the host ee, has it. " +
      "Take ee out with a `pulumi up` of its own first, or give il another address.",
  };

  test("is refused to a new host before anything is ordered", async () => {
    servers = taken;
    expect((await check(given)).failures).toEqual([refusal]);
    expect(askedFor()).toEqual(["/servers"]);
  });

  test("is refused to one whose server is there, for no further request", async () => {
    servers = { ...taken, il: { private_net: [{ ip: "10.64.0.12" }] } };
    expect((await check(given, earlier())).failures).toEqual([refusal]);
    expect(askedFor()).toEqual(["/servers"]);
  });

  test.each<[string, Record<string, object>]>([
    ["it is the host's own", { il: { private_net: [{ ip: "10.64.0.11" }] } }],
    ["the other server is just going away", { ee: { ...taken.ee, status: "deleting" }, il: {} }],
    ["the other server has another", { ee: { private_net: [{ ip: "10.64.0.12" }] }, il: {} }],
    ["the other server is in no network", { ee: { private_net: [] }, il: {} }],
  ])("is not refused when %s", async (_, there) => {
    servers = there;
    expect((await check(given, earlier())).failures).toEqual([]);
  });

  test("is not looked for without the stack's identity", async () => {
    servers = taken;
    expect((await check({ ...given, stackIdentity: UNKNOWN }, earlier())).failures).toEqual([]);
  });

  test("is not refused when Hetzner cannot be asked", async () => {
    servers = taken;
    fault = (path) => (path.startsWith("/servers") ? error(403, "forbidden") : undefined);
    expect((await check(given)).failures).toEqual([]);
    expect((await check(given, earlier())).failures).toEqual([]);
  });

  test("makes no difference to a choice that was made without or with another", async () => {
    servers = { il: {} };
    for (const had of [{}, { address: "10.64.0.14" }]) {
      const { address, ...others }: Properties = earlier();
      const before = { ...others, ...had };
      const { inputs } = await check(given, before);
      expect(inputs.address).toBe(address);
      expect((await provider.diff(urn, before, before, inputs)).getDiffsList()).toEqual([]);
    }
  });
});

describe("a server that has lost signs", () => {
  const earlier = () => ({ ...given, ...decided });
  const address = { private_net: [{ network: NETWORK, ip: "10.64.0.11" }] };
  const HINT =
    /put the labels back, or: hcloud server add-label --overwrite \S+ kluster-stack=0123456789abcdef kluster-host=il/;

  test.each<[string, object, boolean]>([
    ["both labels", { ...address, labels: {} }, true],
    ["the host's label", { labels: { "kluster-stack": stackIdentity } }, true],
    ["the stack's label", { ...address, labels: { "kluster-host": "il" } }, true],
    ["both labels, and its place in the network", { labels: {} }, true],
    ["both labels and its public address", { ...address, labels: {} }, false],
    ["both labels and its name", { ...address, labels: {}, name: "renamed" }, true],
    ["its name", { name: "renamed" }, true],
  ])("stays, of the same order, without %s", async (_, more, hasAddress) => {
    servers = { il: more };
    if (hasAddress) assigned = { il: 1 };
    offers = {}; // nothing could be ordered
    const { inputs, failures } = await check(given, earlier());
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject({ ...decided, server: 1 });
    expect((await provider.diff(urn, earlier(), earlier(), inputs)).getDiffsList()).toEqual([]);
    const labelled = !("labels" in more);
    expect(lines().map(({ message }) => message)).toEqual(labelled ? [] : [expect.stringMatching(HINT)]);
  });

  test("stays by its id alone, once it was seen", async () => {
    servers = { il: { name: "renamed", labels: {} } };
    const { inputs, failures } = await check(given, { ...earlier(), server: 1 });
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject({ ...decided, server: 1 });
  });

  test("stays when it is in no list, and yet answers to its id", async () => {
    const found = { id: 1, name: "kluster-dev-il", status: "running", labels: {}, primary_disk_size: 40 };
    const place = { server_type: { name: "cx23" }, location: { name: "fsn1" } };
    fault = (path) => (path === "/servers/1" ? { body: { server: { ...found, ...place } } } : undefined);
    assigned = { il: 1 };
    expect((await check(given, earlier())).inputs).toMatchObject(decided);
    expect((await check(given, { ...earlier(), server: 1 })).inputs).toMatchObject(decided);
  });

  test("stays when only its addresses cannot be asked for: nobody said that it is gone", async () => {
    servers = { il: { labels: {} } };
    fault = (path) => (path.startsWith("/primary_ips") ? error(403, "forbidden") : undefined);
    const { inputs, failures } = await check(given, earlier());
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject(decided);
    expect(lines()[0]).toMatchObject({ severity: "warning" });
  });

  test("is not ordered anew where an address is said to be a server's that is not there", async () => {
    assigned = { il: 1 };
    const { inputs } = await check(given, earlier());
    expect(inputs).toMatchObject(decided);
    expect(lines()[0].message).toMatch(/could not be found out.*something is just being changed/);
  });

  test("is refused, not replaced, where its name alone is left", async () => {
    servers = { il: { labels: {} } };
    const { failures } = await check(given, earlier());
    expect(failures).toEqual([
      {
        property: "",
        reason: expect.stringMatching(/^Which server is il's cannot be told.*has its name, and not/s),
      },
    ]);
  });

  test("is known by the address that it has, not by the one that it is to have", async () => {
    servers = { il: { ...address, labels: {} } };
    const { inputs, failures } = await check({ ...given, address: "10.64.0.15" }, earlier());
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject({ ...decided, address: "10.64.0.15" });
  });

  test("stays in the state at a refresh", async () => {
    servers = { il: { ...address, labels: {} } };
    expect((await provider.read(urn, "il", earlier(), earlier())).getId()).toBe("il");
    servers = { il: { labels: {} } };
    provider.stop();
    provider = await freshProcess();
    const kept = await initFailure(provider.read(urn, "il", earlier(), earlier()));
    expect([kept.getId(), kept.getReasonsList()]).toEqual(["il", [expect.stringMatching(/cannot be told/)]]);
  });

  test("is unchanged for a state that notes neither name nor id", async () => {
    servers = { il: {} };
    const { serverName, ...before }: Properties = earlier();
    const { inputs } = await check(given, before);
    expect(inputs).toMatchObject({ serverName, server: 1 });
    expect((await provider.diff(urn, before, before, inputs)).getDiffsList()).toEqual([]);
    expect((await provider.read(urn, "il", before, before)).getId()).toBe("il");
  });
});

describe("a project that holds nothing of a stack with servers", () => {
  const earlier = () => ({ ...given, ...decided, server: 1 });
  const WRONG =
    /^This Hetzner project holds nothing of the stack: .* Is this the right token\? Nothing is ordered for il\./;
  beforeEach(() => {
    hasNetwork = false;
    withAddresses = [];
  });

  test.each<[string, () => object]>([
    ["seen", earlier],
    ["not seen", () => ({ ...given, ...decided })],
  ])("is another one: nothing is ordered in it for a server that was %s", async (_, before) => {
    const { failures } = await check(given, before());
    expect(failures).toEqual([{ property: "", reason: expect.stringMatching(WRONG) }]);
    expect(failures[0].reason).toMatch(/pulumi config set --secret hcloud:token.*pulumi refresh/);
    expect(askedFor()).not.toContain("/server_types");
  });

  test("is the stack's own as long as it has its network or an address", async () => {
    hasNetwork = true;
    expect((await check(given, earlier())).failures).toEqual([]);
    provider.stop();
    provider = await freshProcess();
    hasNetwork = false;
    withAddresses = ["ee"];
    expect((await check(given, earlier())).failures).toEqual([]);
  });

  test("is warned of in a refresh, which forgets what was deleted by hand", async () => {
    const state = { ...given, ...decided };
    expect((await provider.read(urn, "il", state, state)).getId()).toBe("");
    expect(lines()).toEqual([
      expect.objectContaining({ severity: "warning", message: expect.stringMatching(/right token\?$/) }),
    ]);
  });

  test("is where a stack begins", async () => {
    expect((await check(given)).failures).toEqual([]);
  });
});

describe("addresses that were made for an order that failed", () => {
  const place = (location: string) => ({ ...given, ...decided, location });
  const moved = (before: Properties, after: Properties) => provider.update(urn, "il", before, before, after);
  let deleted: string[];
  beforeEach(() => {
    deleted = [];
    const address = (id: number, location: string, assignee_id: number | null) => ({
      ...{ id, name: `ip-${id}`, location: { name: location }, assignee_id },
      labels: { "kluster-stack": stackIdentity, "kluster-host": "il" },
    });
    server.answer = ({ method, path }) => {
      if (method === "DELETE") deleted.push(path);
      if (method === "DELETE") return { status: 204 };
      return listed("primary_ips", [
        address(1, "fsn1", null),
        address(2, "fsn1", 77),
        address(3, "nbg1", null),
      ]);
    };
  });

  test("go as soon as the server is to be elsewhere; those in use and at the new place stay", async () => {
    await moved(place("fsn1"), place("nbg1"));
    expect(deleted).toEqual(["/primary_ips/1"]);
    expect(server.asked[0].path).toContain("kluster-host");
  });

  test.each<[string, () => [Properties, Properties]]>([
    ["the location is the same", () => [place("fsn1"), { ...place("fsn1"), serverType: "cpx12" }]],
    ["the server has been there", () => [{ ...place("fsn1"), server: 1 }, place("nbg1")]],
    ["the server is there", () => [place("fsn1"), { ...place("nbg1"), server: 1 }]],
  ])("stay when %s", async (_, states) => {
    await moved(...states());
    expect(deleted).toEqual([]);
  });
});

describe("a stranger's server", () => {
  test("that has the name of a new host is refused before anything is ordered", async () => {
    servers = { il: { labels: {} } };
    expect((await check(given)).failures).toEqual([
      {
        property: "",
        reason: expect.stringMatching(/kluster-dev-il exists in this Hetzner project, but is not this/),
      },
    ]);
  });

  test("that has the private address of a new host, in the stack's network, is refused", async () => {
    const holds = (network: number) => ({
      ee: { name: "mine", labels: {}, private_net: [{ network, ip: "10.64.0.11" }] },
    });
    servers = holds(NETWORK);
    expect((await check(given)).failures).toEqual([
      {
        property: "",
        reason:
          "il cannot have the private address 10.64.0.11: the server mine has it. " +
          "Take mine out of the network, or give il another address.",
      },
    ]);
    provider.stop();
    provider = await freshProcess();
    servers = holds(1);
    expect((await check(given)).failures).toEqual([]);
  });
});

describe("a refresh", () => {
  const state = () => ({ ...given, ...decided });
  const read = () => provider.read(urn, "il", state(), state());

  test("finds the choice as it was while the server is there", async () => {
    servers = { il: {} };
    const found = await read();
    expect(found.getId()).toBe("il");
    expect(fromStruct(found.getProperties())).toEqual(state());
  });

  test.each([
    ["is gone", {}],
    ["is just going", { il: { status: "deleting" } }],
    ["is another host's", { ee: {} }],
  ])("forgets the choice when the server %s", async (_, there) => {
    servers = there;
    expect((await read()).getId()).toBe("");
  });

  test("keeps the choice as one that is not proved when Hetzner cannot be asked", async () => {
    fault = () => "drop";
    const kept = await initFailure(read());
    expect(kept.getId()).toBe("il");
    expect(kept.getReasonsList()).toEqual([expect.stringMatching(/could not be found out.*online/)]);
  });
});
