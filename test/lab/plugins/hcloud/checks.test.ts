import { UNKNOWN } from "../../../../lab/plugins/values";
import { Desk, SERVER } from "./desk";
import type { Json } from "./recordings";

let desk: Desk;
let must: Desk["must"];

beforeEach(async () => {
  desk = new Desk();
  await desk.open();
  ({ must } = desk);
});
afterEach(() => desk.close());

describe("checks", () => {
  const reasons = async (kind: string, news: Json) =>
    ((await must("Check", kind, { news })).failures ?? []).map(({ reason }: Json) => reason);

  test.each<[string, Json, string]>([
    ["Network", { name: "net" }, `Missing required argument. The argument "ip_range" is required`],
    ["Network", { name: "net", ipRange: "10.0.0.0" }, `to be a valid IPv4 Value, got 10.0.0.0`],
    ["Network", { name: "net", ipRange: "10.0.0.0/8", labels: { "a b": "" } }, "label key 'a b'"],
    ["Network", { name: "net", ipRange: "10.0.0.0/8", colour: "blue" }, "Invalid or unknown key"],
    ["Network", { ipRange: "10.0.0.0/8" }, "makes no names up"],
    ["Network", { name: 7, ipRange: "10.0.0.0/8" }, "takes a string here"],
    [
      "Network",
      { name: "net", ipRange: "10.0.0.0/8", exposeRoutesToVswitch: true },
      "is not in the lab's stand-in",
    ],
    ["PlacementGroup", { name: "one", type: "pile" }, "pile is not a valid placement group type"],
    [
      "Firewall",
      { name: "one", rules: [{ direction: "up", protocol: "tcp" }] },
      "up is not a valid direction",
    ],
    ["Firewall", { name: "one", rules: [{ direction: "in" }] }, `The argument "protocol" is required`],
    [
      "Firewall",
      { name: "one", applyTos: [{ server: 1 }] },
      "apply_to of hcloud:index/firewall:Firewall is not",
    ],
    ["PrimaryIp", { name: "one", type: "ipv5", location: "fsn1" }, `expected one of ["ipv4" "ipv6"]`],
    ["PrimaryIp", { name: "one", type: "ipv4" }, "needs a location"],
    [
      "ServerNetwork",
      { serverId: 1 },
      "At least one of these attributes must be configured: [network_id,subnet_id]",
    ],
    [
      "Server",
      { ...SERVER, backups: true },
      "backups of hcloud:index/server:Server is not in the lab's stand-in",
    ],
    ["Server", { ...SERVER, datacenter: "fsn1-dc14" }, "is not in the lab's stand-in"],
    ["Server", { ...SERVER, sshKeys: [""] }, "Invalid ssh key passed"],
  ])("%s %j", async (kind, news, reason) => {
    expect(await reasons(kind, news)).toEqual([expect.stringContaining(reason)]);
  });

  test("say where", async () => {
    const news = { name: "one", rules: [{ direction: "in", protocol: "tcp", sourceIps: ["nowhere"] }] };
    const { failures } = await must("Check", "Firewall", { news });
    expect(failures).toEqual([
      {
        property: "rules[0].sourceIps[0]",
        reason: "invalid CIDR address: nowhere. Examine values at 'one.rules[0].sourceIps[0]'.",
      },
    ]);
  });

  test("leave alone what is off, or not known yet", async () => {
    expect(await reasons("Server", { ...SERVER, backups: false, placementGroupId: UNKNOWN })).toEqual([]);
    expect(await reasons("Network", { name: UNKNOWN, ipRange: UNKNOWN, labels: { one: UNKNOWN } })).toEqual(
      [],
    );
  });
});
