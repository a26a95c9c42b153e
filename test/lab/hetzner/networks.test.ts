import { Project, serverBody } from "./project";

let project: Project;

beforeEach(() => {
  project = new Project();
});

afterEach(async () => {
  await project.api.idle();
  project.close();
});

test("a server gets the address that it asks for, or the first that is free behind the gateway", async () => {
  const network = await project.createNetwork();
  expect(network.subnets).toMatchObject([{ ip_range: "10.64.0.0/24", gateway: "10.64.0.1" }]);
  const addresses = [];
  for (const [name, ip] of [["il", "10.64.0.2"], ["ee"], ["sam", "10.64.0.11"]]) {
    const { id } = await project.createServer({ name });
    await project.act(`/servers/${id}/actions/attach_to_network`, { network: network.id, ip });
    addresses.push((await project.server(id)).private_net[0]);
  }
  expect(addresses.map(({ ip }) => ip)).toEqual(["10.64.0.2", "10.64.0.3", "10.64.0.11"]);
  expect(new Set(addresses.map(({ mac_address }) => mac_address)).size).toBe(3);
  const { network: full } = await project.run("GET", `/networks/${network.id}`);
  expect(full.servers).toHaveLength(3);
});

test.each([
  ["the network's own", "10.64.0.0"],
  ["the gateway's", "10.64.0.1"],
  ["the broadcast", "10.64.0.255"],
  ["another's", "10.64.0.9"],
  ["an outside", "10.65.0.9"],
])("%s address is not available", async (_what, ip) => {
  const network = await project.createNetwork();
  const other = await project.createServer({ name: "ee" });
  await project.act(`/servers/${other.id}/actions/attach_to_network`, {
    network: network.id,
    ip: "10.64.0.9",
  });
  const { id } = await project.createServer();
  expect(
    await project.refused("POST", `/servers/${id}/actions/attach_to_network`, { network: network.id, ip }),
  ).toBe("422 ip_not_available");
});

test("an address is taken as soon as somebody is about to get it", async () => {
  const network = await project.createNetwork();
  const [one, other] = [await project.createServer(), await project.createServer({ name: "ee" })];
  const body = { network: network.id, ip: "10.64.0.11" };
  await project.run("POST", `/servers/${one.id}/actions/attach_to_network`, body);
  expect(await project.refused("POST", `/servers/${other.id}/actions/attach_to_network`, body)).toBe(
    "422 ip_not_available",
  );
});

test("a server is in a network once, not in overlapping ones, and only in its zone", async () => {
  const network = await project.createNetwork();
  const around = await project.createNetwork("10.64.0.0/16");
  const overseas = await project.createNetwork("10.66.0.0/24", "us-east");
  const { id } = await project.createServer({ networks: [network.id] });
  const attach = (one: Record<string, unknown>) =>
    project.refused("POST", `/servers/${id}/actions/attach_to_network`, { network: one.id });
  expect(await attach(network)).toBe("422 server_already_attached");
  expect(await attach(around)).toBe("422 networks_overlap");
  expect(await attach(overseas)).toBe("422 no_subnet_available");
  expect(await attach({ id: 1 })).toBe("404 not_found");
});

test("one change of a network at a time", async () => {
  const { network } = await project.run("POST", "/networks", { name: "wide", ip_range: "10.0.0.0/16" });
  const subnet = { type: "cloud", network_zone: "eu-central" };
  await project.run("POST", `/networks/${network.id}/actions/add_subnet`, subnet);
  expect(await project.refused("POST", `/networks/${network.id}/actions/add_subnet`, subnet)).toBe(
    "409 conflict",
  );
  await project.api.idle();
  await project.act(`/networks/${network.id}/actions/add_subnet`, subnet);
  const { network: changed } = await project.run("GET", `/networks/${network.id}`);
  expect(changed.subnets.map(({ ip_range }: { ip_range: string }) => ip_range)).toEqual([
    "10.0.0.0/24",
    "10.0.1.0/24",
  ]);
});

test("a subnet goes when nobody is in it; a network takes its servers' NICs with it", async () => {
  const network = await project.createNetwork();
  const { id } = await project.createServer({ networks: [network.id] });
  const subnet = { ip_range: "10.64.0.0/24" };
  expect(await project.refused("POST", `/networks/${network.id}/actions/delete_subnet`, subnet)).toBe(
    "422 resource_in_use",
  );
  await project.act(`/servers/${id}/actions/detach_from_network`, { network: network.id });
  await project.act(`/networks/${network.id}/actions/delete_subnet`, subnet);

  const second = await project.createNetwork("10.70.0.0/24");
  await project.act(`/servers/${id}/actions/attach_to_network`, { network: second.id });
  await project.act(`/networks/${second.id}/actions/change_protection`, { delete: true });
  expect(await project.refused("DELETE", `/networks/${second.id}`)).toBe("423 protected");
  await project.act(`/networks/${second.id}/actions/change_protection`, { delete: false });
  await project.run("DELETE", `/networks/${second.id}`);
  await project.api.idle();
  expect((await project.server(id)).private_net).toEqual([]);
});

test.each([
  ["a public range", { ip_range: "198.51.100.0/24" }],
  ["host bits", { ip_range: "10.0.0.1/24" }],
  ["a range smaller than /24", { ip_range: "10.0.0.0/25" }],
  [
    "a subnet outside",
    {
      ip_range: "10.0.0.0/24",
      subnets: [{ type: "cloud", network_zone: "eu-central", ip_range: "10.1.0.0/24" }],
    },
  ],
  ["a zone that is none", { ip_range: "10.0.0.0/24", subnets: [{ type: "cloud", network_zone: "eu-west" }] }],
])("a network with %s is refused", async (_what, body) => {
  expect(await project.refused("POST", "/networks", { name: "n", ...body })).toBe("422 invalid_input");
});

test("a server that is being made can not be attached yet", async () => {
  const network = await project.createNetwork();
  const { server } = await project.run("POST", "/servers", serverBody());
  expect(
    await project.refused("POST", `/servers/${server.id}/actions/attach_to_network`, { network: network.id }),
  ).toBe("423 locked");
});
