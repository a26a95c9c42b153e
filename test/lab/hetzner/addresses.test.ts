import { canonicalCidr, overlap, parseRange } from "../../../lab/hetzner/addresses";
import { Project, serverBody } from "./project";

let project: Project;

beforeEach(() => {
  project = new Project();
});

afterEach(async () => {
  await project.api.idle();
  project.close();
});

const primaryIp = async (body: object = {}) =>
  (await project.run("POST", "/primary_ips", { name: "ip", type: "ipv4", location: "fsn1", ...body }))
    .primary_ip;

test("addresses come from the lab's internet, one for each", async () => {
  expect(await primaryIp()).toMatchObject({
    ip: "198.51.100.10",
    assignee_type: "unassigned",
    auto_delete: false,
  });
  expect(await primaryIp({ name: "ip2" })).toMatchObject({ ip: "198.51.100.11" });
  expect(await primaryIp({ name: "ip6", type: "ipv6" })).toMatchObject({ ip: "2001:db8:c0de:1::/64" });
  expect(await project.refused("POST", "/primary_ips", { name: "ip", type: "ipv4", location: "fsn1" })).toBe(
    "409 uniqueness_error",
  );
});

test("a server uses the addresses that it is given", async () => {
  const [ipv4, ipv6] = [await primaryIp(), await primaryIp({ name: "ip6", type: "ipv6" })];
  const public_net = { enable_ipv4: true, ipv4: ipv4.id, enable_ipv6: true, ipv6: ipv6.id };
  const server = await project.createServer({ public_net });
  expect(server.public_net).toMatchObject({
    ipv4: { id: ipv4.id, ip: ipv4.ip },
    ipv6: { id: ipv6.id, ip: ipv6.ip },
  });
  const create = (body: object) => project.refused("POST", "/servers", serverBody({ name: "ee", ...body }));
  expect(await create({ public_net })).toBe("422 primary_ip_assigned");
  const elsewhere = await primaryIp({ name: "nbg", location: "nbg1" });
  expect(await create({ public_net: { ipv4: elsewhere.id } })).toBe("422 primary_ip_datacenter_mismatch");
  expect(await create({ location: "nbg1", public_net: { ipv6: elsewhere.id } })).toBe(
    "422 primary_ip_version_mismatch",
  );
});

test("a server without a public IPv4 address has none", async () => {
  const server = await project.createServer({ public_net: { enable_ipv4: false, enable_ipv6: true } });
  expect(server.public_net.ipv4).toBeNull();
  expect((await project.run("GET", "/primary_ips")).primary_ips).toMatchObject([
    { type: "ipv6", auto_delete: true },
  ]);
});

test("an address changes its server only while that is off", async () => {
  const ip = await primaryIp();
  const { id } = await project.createServer({ public_net: { enable_ipv4: false } });
  const body = { assignee_id: id, assignee_type: "server" };
  expect(await project.refused("POST", `/primary_ips/${ip.id}/actions/assign`, body)).toBe(
    "422 server_not_stopped",
  );
  await project.act(`/servers/${id}/actions/poweroff`);
  await project.act(`/primary_ips/${ip.id}/actions/assign`, body);
  expect(await project.refused("POST", `/primary_ips/${ip.id}/actions/assign`, body)).toBe(
    "422 primary_ip_already_assigned",
  );
  const second = await primaryIp({ name: "second" });
  expect(await project.refused("POST", `/primary_ips/${second.id}/actions/assign`, body)).toBe(
    "422 server_has_ipv4",
  );
  await project.act(`/servers/${id}/actions/poweron`);
  expect(await project.refused("POST", `/primary_ips/${ip.id}/actions/unassign`)).toBe(
    "422 server_not_stopped",
  );
  await project.act(`/servers/${id}/actions/poweroff`);
  await project.act(`/primary_ips/${ip.id}/actions/unassign`);
  expect((await project.server(id)).public_net.ipv4).toBeNull();
});

test.each([
  ["10.0.0.0/8", "10.0.0.0/8"],
  ["203.0.113.7/32", "203.0.113.7/32"],
  ["203.0.113.7/24", undefined],
  ["203.0.113.0", undefined],
  ["2001:0DB8:0::/32", "2001:db8::/32"],
  ["::/0", "::/0"],
  ["2001:db8::1/128", "2001:db8::1/128"],
  ["2001:db8::1/64", undefined],
  ["2001:db8::/129", undefined],
  ["nonsense/3", undefined],
])("CIDR %s in canonical form is %s", (cidr, canonical) => {
  expect(canonicalCidr(cidr)).toBe(canonical);
});

test.each([
  ["10.0.0.0/24", "10.0.0.128/25", true],
  ["10.0.0.0/24", "10.0.1.0/24", false],
])("%s and %s overlap: %s", (one, other, expected) => {
  expect(overlap(parseRange(one)!, parseRange(other)!)).toBe(expected);
});
