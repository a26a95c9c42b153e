import { UNKNOWN } from "../../../../lab/plugins/values";
import { PUBLIC_KEY } from "../../hetzner/project";
import { Desk, failed, SERVER } from "./desk";
import type { Json } from "./recordings";

let desk: Desk;
let call: Desk["call"];
let must: Desk["must"];
let create: Desk["create"];

beforeEach(async () => {
  desk = new Desk();
  await desk.open();
  ({ call, must, create } = desk);
});
afterEach(() => desk.close());

describe("a preview", () => {
  test("of something new asks nothing of Hetzner, and says what it cannot know", async () => {
    desk.project.api.log.clear();
    const properties = { ...SERVER, placementGroupId: UNKNOWN, firewallIds: [UNKNOWN], userData: "x" };
    const { id, properties: planned } = await must("Create", "Server", { properties, preview: true });
    expect(id).toBeUndefined();
    expect(planned).toMatchObject({
      id: UNKNOWN,
      ipv4Address: UNKNOWN,
      placementGroupId: UNKNOWN,
      firewallIds: [UNKNOWN],
      deleteProtection: false,
      userData: "EfatjsUqKYSrqv18O1FlA3hcIHI=",
    });
    expect(desk.project.api.log.summary().total).toBe(0);
  });

  test("of a change to something unknown", async () => {
    const { id, properties: olds } = await create("Server", SERVER);
    const diff = (more: Json) =>
      must("Diff", "Server", { id, olds, oldInputs: SERVER, news: { ...SERVER, ...more } });
    expect(await diff({ placementGroupId: UNKNOWN })).toMatchObject({
      diffs: ["placementGroupId"],
      detailedDiff: { placementGroupId: {} },
    });
    const nets = [{ ipv4Enabled: true, ipv6Enabled: true, ipv6: UNKNOWN }];
    expect((await diff({ publicNets: nets })).detailedDiff).toEqual({
      "publicNets[0].ipv6": { kind: "UPDATE" },
    });
    expect(await diff({ location: UNKNOWN })).toMatchObject({
      replaces: ["location"],
      deleteBeforeReplace: true,
      detailedDiff: { location: { kind: "UPDATE_REPLACE" } },
    });
  });
});

describe("a change that makes another object", () => {
  test("of a server, whose name is wanted again", async () => {
    const sshKeys = [(await create("SshKey", { name: "key", publicKey: PUBLIC_KEY })).id];
    const { id, properties: olds } = await create("Server", { ...SERVER, sshKeys });
    const news = { ...SERVER, userData: "#cloud-config\n", sshKeys: ["other", ...sshKeys] };
    const request = { id, olds, oldInputs: SERVER, news };
    expect(await must("Diff", "Server", request)).toEqual({
      changes: "DIFF_SOME",
      diffs: ["sshKeys", "userData"],
      replaces: ["sshKeys", "userData"],
      stables: ["image", "location"],
      deleteBeforeReplace: true,
      hasDetailedDiff: true,
      detailedDiff: { "sshKeys[0]": { kind: "ADD_REPLACE" }, userData: { kind: "ADD_REPLACE" } },
    });
    const ignoreChanges = ["userData", "sshKeys"];
    expect((await must("Diff", "Server", { ...request, ignoreChanges })).changes).toBe("DIFF_NONE");
    expect(await failed(call("Diff", "Server", { ...request, ignoreChanges: ["labels.one"] }))).toMatch(
      /whole properties only/,
    );
  });

  test("of an attachment", async () => {
    const olds = {
      ...{ id: "1-2", serverId: 1, networkId: 2, subnetId: "2-10.64.0.0/24", ip: "10.64.0.11" },
      ...{ aliasIps: [], macAddress: "86:00:00:00:00:01" },
    };
    const news = { serverId: 1, subnetId: "2-10.64.0.0/24", ip: "10.64.0.12" };
    expect(await must("Diff", "ServerNetwork", { id: "1-2", olds, oldInputs: news, news })).toEqual({
      changes: "DIFF_SOME",
      diffs: ["ip"],
      replaces: ["ip"],
    });
  });
});
