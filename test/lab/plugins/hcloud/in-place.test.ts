import { Desk, failed, SERVER } from "./desk";

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

test("a server's user data reaches Hetzner as it was given, and the state as a hash", async () => {
  const userData = "#cloud-config\n{}\n";
  const { properties } = await create("Server", { ...SERVER, userData });
  expect(properties.userData).toMatch(/^[\w+/]{27}=$/);
  expect(desk.project.api.cloud.state.servers.map((server) => server.userData)).toEqual([userData]);
});

describe("changes of a server in place", () => {
  test("to other firewalls and its own Primary IPs", async () => {
    const rules = [{ direction: "in", protocol: "tcp", port: "22", sourceIps: ["0.0.0.0/0"] }];
    const [one, two] = await Promise.all(["one", "two"].map((name) => create("Firewall", { name, rules })));
    const before = { ...SERVER, firewallIds: [Number(one.id)] };
    const { id, properties: olds } = await create("Server", before);
    const [ipv4, ipv6] = await Promise.all([primaryIp("ipv4"), primaryIp("ipv6")]);
    desk.changes();
    const news = {
      ...SERVER,
      firewallIds: [Number(two.id)],
      publicNets: [{ ipv4Enabled: true, ipv4: Number(ipv4.id), ipv6Enabled: true, ipv6: Number(ipv6.id) }],
    };
    const { properties } = await must("Update", "Server", { id, olds, oldInputs: before, news });
    expect(desk.changes()).toEqual([
      "POST /firewalls/N/actions/remove_from_resources",
      "POST /firewalls/N/actions/apply_to_resources",
      "POST /servers/N/actions/poweroff",
      "POST /primary_ips/N/actions/unassign",
      "DELETE /primary_ips/N",
      "POST /primary_ips/N/actions/assign",
      "POST /primary_ips/N/actions/unassign",
      "DELETE /primary_ips/N",
      "POST /primary_ips/N/actions/assign",
      "POST /servers/N/actions/poweron",
    ]);
    expect(properties).toMatchObject({
      firewallIds: [Number(two.id)],
      publicNets: news.publicNets,
      ipv4Address: ipv4.properties.ipAddress,
      ipv6Network: ipv6.properties.ipNetwork,
      status: "running",
    });
    const diff = await must("Diff", "Server", { id, olds: properties, oldInputs: news, news });
    expect(diff.changes).toBe("DIFF_NONE");
  });

  test("to another group, for which Hetzner wants it off and the provider does nothing", async () => {
    const group = await create("PlacementGroup", { name: "group", type: "spread" });
    const { id, properties: olds } = await create("Server", SERVER);
    const news = { ...SERVER, placementGroupId: Number(group.id) };
    const update = () => call("Update", "Server", { id, olds, oldInputs: SERVER, news });
    expect(await failed(update())).toContain("(server_not_stopped)");
    await desk.project.act(`/servers/${id}/actions/poweroff`);
    expect((await update()).response).toMatchObject({
      properties: { placementGroupId: Number(group.id), status: "off" },
    });
  });

  test("a server without IPv4 is what it was wished to be", async () => {
    const ipv6 = await primaryIp("ipv6");
    const inputs = {
      ...SERVER,
      publicNets: [{ ipv4Enabled: false, ipv6Enabled: true, ipv6: Number(ipv6.id) }],
    };
    const { id, properties: olds } = await create("Server", inputs);
    expect(olds).toMatchObject({ ipv4Address: null, ipv6Network: ipv6.properties.ipNetwork });
    const read = await must("Read", "Server", { id, properties: olds, inputs });
    expect(read).toEqual({ id, properties: olds, inputs });
    expect((await must("Diff", "Server", { id, olds, oldInputs: inputs, news: inputs })).changes).toBe(
      "DIFF_NONE",
    );
  });
});
