import { PUBLIC_KEY } from "../../hetzner/project";
import { Desk, failed, SERVER } from "./desk";
import type { Json } from "./recordings";

let desk: Desk;
let call: Desk["call"];
let must: Desk["must"];
let create: Desk["create"];
let primaryIp: Desk["primaryIp"];

beforeEach(async () => {
  desk = new Desk();
  await desk.open();
  ({ call, must, create, primaryIp } = desk);
});
afterEach(() => desk.close());

describe("the state after a failure", () => {
  test("has a server whose order fails after it was made", async () => {
    const error = "placement_error";
    desk.project.api.faults.write({
      actions: [{ command: "create_server", times: 1, error, message: "no host" }],
    });
    const answer = await call("Create", "Server", { properties: SERVER });
    expect(answer.initFailed).toBe(true);
    expect(await failed(answer)).toMatch(
      /^creating urn:.*: 1 error occurred:\n\t\* no host \(placement_error, \d+\)\n\n$/,
    );
  });

  test("has nothing of what the plugin framework has left at Hetzner", async () => {
    desk.project.api.faults.write({ requests: [{ path: "change_protection", times: 1, error: "locked" }] });
    const properties = {
      name: "il",
      type: "ipv6",
      location: "fsn1",
      autoDelete: false,
      deleteProtection: true,
    };
    const answer = await call("Create", "PrimaryIp", { properties });
    expect(answer.initFailed).toBeUndefined();
    expect(await failed(answer)).toBe(
      "API request failed: An unexpected error was encountered during an API request.\n\n" +
        "locked (a fault on demand) (locked)\n\nError code: locked\nStatus code: 423\n",
    );
    expect(desk.project.api.cloud.state.primaryIps).toHaveLength(1);
  });

  test("stays the old one when a change in place fails half-way", async () => {
    const { id, properties: olds } = await create("Server", SERVER);
    desk.project.api.faults.write({ requests: [{ path: "poweroff", times: 1, error: "locked" }] });
    const news = { ...SERVER, name: "renamed", serverType: "ccx13" };
    const answer = await call("Update", "Server", { id, olds, oldInputs: SERVER, news });
    expect(answer.initFailed).toBe(true);
    expect(await failed(answer)).toMatch(/^updating urn:[^]*\* locked .*\(locked\)\n\n$/);
    const read = await must("Read", "Server", { id, properties: olds, inputs: SERVER });
    expect(read.properties).toMatchObject({ name: "renamed", serverType: "cpx22" });
  });
});

describe("what is gone", () => {
  const kinds: Record<string, () => Promise<Json>> = {
    SshKey: () => create("SshKey", { name: "key", publicKey: PUBLIC_KEY }),
    Network: () => create("Network", { name: "net", ipRange: "10.64.0.0/24" }),
    Firewall: () => create("Firewall", { name: "wall", rules: [] }),
    PlacementGroup: () => create("PlacementGroup", { name: "group", type: "spread" }),
    PrimaryIp: () => primaryIp("ipv4"),
    Server: () => create("Server", SERVER),
  };

  test.each(Object.keys(kinds))("a refresh finds no %s", async (kind) => {
    const { id, properties } = await kinds[kind]();
    await must("Delete", kind, { id, properties });
    await desk.project.api.idle();
    expect(await must("Read", kind, { id, properties, inputs: {} })).toEqual({});
  });

  test.each([
    ["SshKey", undefined],
    ["Network", undefined],
    ["PrimaryIp", undefined],
    ["Firewall", /^deleting urn:[^]*not_found/],
    ["PlacementGroup", /^deleting urn:[^]*not_found/],
    ["Server", /^deleting urn:[^]*not_found/],
  ])("deleting it again: %s", async (kind, error) => {
    const { id, properties } = await kinds[kind]();
    await must("Delete", kind, { id, properties });
    await desk.project.api.idle();
    const again = await failed(call("Delete", kind, { id, properties: { ...properties, assigneeId: 0 } }));
    if (error) expect(again).toMatch(error);
    else expect(again).toBeUndefined();
  });
});
