import { Desk, failed, SERVER } from "./desk";

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

describe("import", () => {
  test("of a server and what it has, by ids alone", async () => {
    const inputs = { name: "net", ipRange: "10.64.0.0/24", labels: { one: "two" } };
    const network = await create("Network", inputs);
    const subnet = await create("NetworkSubnet", {
      networkId: Number(network.id),
      type: "cloud",
      networkZone: "eu-central",
      ipRange: "10.64.0.0/24",
    });
    const server = await create("Server", { ...SERVER, userData: "#cloud-config\n{}" });
    const attached = await create("ServerNetwork", {
      serverId: Number(server.id),
      subnetId: subnet.id,
      ip: "10.64.0.11",
    });
    const read = (kind: string, id: string) => must("Read", kind, { id });
    expect(await read("Network", network.id)).toMatchObject({ id: network.id, inputs });
    expect((await read("NetworkSubnet", subnet.id)).inputs).toEqual({
      networkId: Number(network.id),
      type: "cloud",
      networkZone: "eu-central",
      ipRange: "10.64.0.0/24",
    });
    const { properties, inputs: found } = await read("Server", server.id);
    expect(found).toEqual({ name: "il", serverType: "cpx22", location: "fsn1", image: "debian-13" });
    expect(properties).toMatchObject({ status: "running", userData: null, publicNets: [], networks: [] });
    expect((await read("ServerNetwork", attached.id)).inputs).toEqual({
      serverId: Number(server.id),
      networkId: Number(network.id),
      ip: "10.64.0.11",
    });
  });

  test("of what is not there", async () => {
    expect(await must("Read", "Server", { id: "4299999" })).toEqual({});
    expect(await must("Read", "NetworkSubnet", { id: "nonsense" })).toEqual({});
    expect(await failed(call("Read", "ServerNetwork", { id: "nonsense" }))).toMatch(/Invalid ID/);
  });
});
