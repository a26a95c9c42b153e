/*
 * What the end-to-end tests of Hetzner's own CLI (github.com/hetznercloud/cli, test/e2e) expect of the live API, for the
 * kinds that are here: the requests that it sends, and the errors as it prints them.
 */
import { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { httpServer } from "../../../lab/hetzner/http";
import { Project, PUBLIC_KEY, serverBody, TOKEN } from "./project";

type Json = Record<string, any>;

let project: Project;
let server: Server;

beforeEach(async () => {
  project = new Project();
  server = httpServer(project.api);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  await project.api.idle();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  project.close();
});

/** A request that is refused, as the CLI prints it: "message (code, correlation id)". */
async function refused(method: string, path: string, body?: Json): Promise<string> {
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const headers = { Authorization: `Bearer ${TOKEN}` };
  const answer = await fetch(base + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const { error } = (await answer.json()) as Json;
  return `${error.message} (${error.code}, ${answer.headers.get("X-Correlation-Id")})`;
}

const network = async (body: Json = {}) =>
  (await project.run("POST", "/networks", { name: "test-network", ip_range: "10.0.0.0/24", ...body }))
    .network;

test("a network: a name twice, protection, another range, subnets, routes", async () => {
  const { id } = await network();
  expect(await refused("POST", "/networks", { name: "test-network", ip_range: "10.0.1.0/24" })).toMatch(
    /^name is already used \(uniqueness_error, [0-9a-f]+\)$/,
  );
  const act = (action: string, body: Json) => project.act(`/networks/${id}/actions/${action}`, body);
  await act("change_protection", { delete: true });
  await act("change_ip_range", { ip_range: "10.0.0.0/16" });
  expect(await refused("DELETE", `/networks/${id}`)).toMatch(
    /^network is delete protected \(protected, [0-9a-f]+\)$/,
  );
  const zone = { network_zone: "eu-central" };
  expect(
    await refused("POST", `/networks/${id}/actions/add_subnet`, {
      ...{ type: "vswitch", vswitch_id: 42, ip_range: "10.0.17.0/24", ...zone },
    }),
  ).toMatch(/^vswitch not found \(service_error, [0-9a-f]+\)$/);
  await act("add_subnet", { type: "cloud", ip_range: "10.0.16.0/24", ...zone });
  const route = { destination: "10.100.1.0/24", gateway: "10.0.1.1" };
  await act("add_route", route);
  await project.run("PUT", `/networks/${id}`, {
    expose_routes_to_vswitch: true,
    name: "new",
    labels: { foo: "bar" },
  });
  expect((await project.run("GET", "/networks")).networks).toMatchObject([
    {
      ...{ id, name: "new", ip_range: "10.0.0.0/16", routes: [route], servers: [], labels: { foo: "bar" } },
      ...{ protection: { delete: true }, expose_routes_to_vswitch: true },
      subnets: [{ type: "cloud", ip_range: "10.0.16.0/24", gateway: "10.0.0.1", ...zone }],
    },
  ]);
  await act("delete_route", route);
  await act("delete_subnet", { ip_range: "10.0.16.0/24" });
  await act("change_protection", { delete: false });
  await project.run("DELETE", `/networks/${id}`);
});

test("a firewall tells its rules in before out, and is not deleted while it is in use", async () => {
  const rule = (direction: string, port: string) => ({
    ...{ direction, protocol: "tcp", port },
    [direction === "in" ? "source_ips" : "destination_ips"]: ["28.239.14.0/24", "::/0"],
  });
  const rules = [rule("out", "80"), rule("in", "80"), rule("out", "81"), rule("in", "443")];
  const { firewall } = await project.run("POST", "/firewalls", { name: "test-firewall", rules });
  const order = ({ rules: told }: Json) => told.map(({ direction, port }: Json) => `${direction} ${port}`);
  expect(order(firewall)).toEqual(["in 80", "in 443", "out 80", "out 81"]);
  await project.run("POST", `/firewalls/${firewall.id}/actions/set_rules`, {
    rules: [...rules, rule("in", "9100")],
  });
  const { firewall: now } = await project.run("GET", `/firewalls/${firewall.id}`);
  expect(order(now)).toEqual(["in 80", "in 443", "in 9100", "out 80", "out 81"]);
  const selector = { type: "label_selector", label_selector: { selector: "foo=bar" } };
  const on = (action: string, body: Json) =>
    project.run("POST", `/firewalls/${firewall.id}/actions/${action}`, body);
  await on("apply_to_resources", { apply_to: [selector] });
  await on("remove_from_resources", { remove_from: [selector] });
  const { id } = await project.createServer();
  const target = { type: "server", server: { id } };
  await on("apply_to_resources", { apply_to: [target] });
  await project.api.idle();
  expect(await refused("DELETE", `/firewalls/${firewall.id}`)).toMatch(
    /^firewall with ID [0-9]+ is still in use \(resource_in_use, [0-9a-f]+\)$/,
  );
  await on("remove_from_resources", { remove_from: [target] });
  await project.api.idle();
  await project.run("DELETE", `/firewalls/${firewall.id}`);
});

test("names and keys are taken once", async () => {
  await project.createServer();
  await project.run("POST", "/placement_groups", { name: "g", type: "spread" });
  await project.run("POST", "/ssh_keys", { name: "k", public_key: PUBLIC_KEY });
  expect(await refused("POST", "/servers", serverBody())).toMatch(
    /^server name is already used \(uniqueness_error,/,
  );
  expect(await refused("POST", "/placement_groups", { name: "g", type: "spread" })).toMatch(
    /^name is already used \(uniqueness_error,/,
  );
  expect(await refused("POST", "/ssh_keys", { name: "other", public_key: PUBLIC_KEY })).toMatch(
    /^SSH key not unique \(uniqueness_error,/,
  );
});

describe("what the API's description forbids", () => {
  const zone = { type: "cloud", network_zone: "eu-central", ip_range: "10.0.1.0/24" };
  const OVERLAP =
    /^network route destination overlaps with another subnetwork or network route \(invalid_input,/;

  test.each<[string, Json, RegExp]>([
    ["a route into a subnet", { destination: "10.0.1.128/25", gateway: "10.0.1.1" }, OVERLAP],
    ["a route around a subnet", { destination: "10.0.0.0/16", gateway: "10.0.1.1" }, OVERLAP],
    ["a route twice", { destination: "10.100.0.0/24", gateway: "10.0.1.9" }, OVERLAP],
    [
      "the network's router as a gateway",
      { destination: "10.101.0.0/24", gateway: "10.0.0.1" },
      /^invalid gateway/,
    ],
    [
      "a gateway outside",
      { destination: "10.101.0.0/24", gateway: "8.8.8.8" },
      /^network route gateway not part of the network IP range \(10\.0\.0\.0\/16\)/,
    ],
    ["a route to the internet's", { destination: "8.8.8.0/24", gateway: "10.0.1.1" }, /private IPv4 range/],
  ])("%s", async (_, route, words) => {
    const { id } = await network({ ip_range: "10.0.0.0/16", subnets: [zone] });
    const add = `/networks/${id}/actions/add_route`;
    await project.act(add, { destination: "10.100.0.0/24", gateway: "10.0.1.1" });
    expect(await refused("POST", add, route)).toMatch(words);
    expect((await project.run("GET", `/networks/${id}`)).network.routes).toHaveLength(1);
    await project.act(add, { destination: "0.0.0.0/0", gateway: "10.0.1.1" });
  });

  test.each<
    [string, (ids: { server: number; ip: number; network: number }) => [string, string, Json?], RegExp]
  >([
    ["a list by a field that it has not", () => ["GET", "/servers?sort=status"], /cannot sort by 'status'/],
    ["a list in no order", () => ["GET", "/servers?sort=id:up"], /cannot sort by 'id:up'/],
    [
      "an alias outside the network",
      ({ server, network }) => [
        "POST",
        `/servers/${server}/actions/change_alias_ips`,
        { network, alias_ips: ["8.8.8.8"] },
      ],
      /8\.8\.8\.8 is not inside/,
    ],
    [
      "a name for somebody else's address",
      ({ ip }) => [
        "POST",
        `/primary_ips/${ip}/actions/change_dns_ptr`,
        { ip: "8.8.8.8", dns_ptr: "x.example.com" },
      ],
      /8\.8\.8\.8.* not found \(not_found/,
    ],
    [
      "a rebuild from an image that is not there",
      ({ server }) => ["POST", `/servers/${server}/actions/rebuild`, { image: "nosuch" }],
      /nosuch.* not found \(not_found/,
    ],
    [
      "a server with a volume that is not there",
      () => ["POST", "/servers", serverBody({ name: "ee", volumes: [1] })],
      /volume with ID '1' not found/,
    ],
    [
      "labels under Hetzner's own prefix",
      ({ server }) => ["PUT", `/servers/${server}`, { labels: { "hetzner.cloud/role": "x" } }],
      /hetzner\.cloud\/ is reserved/,
    ],
  ])("%s", async (_, asked, words) => {
    const { id: net } = await network({ subnets: [{ ...zone, ip_range: "10.0.0.0/24" }] });
    const { id, public_net } = await project.createServer({ networks: [net] });
    const [method, path, body] = asked({ server: id, ip: public_net.ipv4.id, network: net });
    const before = structuredClone(project.api.cloud.state);
    expect(await refused(method, path, body)).toMatch(words);
    expect(project.api.cloud.state).toEqual(before);
  });

  test("and what it allows: lists by time, aliases, an IPv6 name, no location at all", async () => {
    const { id: net } = await network({ subnets: [{ ...zone, ip_range: "10.0.0.0/24" }] });
    const { id, public_net } = await project.createServer({ location: undefined, networks: [net] });
    await project.run("GET", "/servers?sort=created:desc&sort=name");
    await project.act(`/servers/${id}/actions/change_alias_ips`, { network: net, alias_ips: ["10.0.0.50"] });
    await project.act(`/servers/${id}/actions/change_alias_ips`, { network: net, alias_ips: ["10.0.0.50"] });
    const ip = public_net.ipv6.ip.replace("/64", "7");
    await project.act(`/primary_ips/${public_net.ipv6.id}/actions/change_dns_ptr`, {
      ip,
      dns_ptr: "a.example.com",
    });
    const answer = await project.api.answer({
      ...{ method: "POST", path: "/servers", authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify(serverBody({ name: "ee", location: null })),
    });
    expect(answer!.status).toBe(201);
  });
});

test.each([
  ["GET", "/isos"],
  ["GET", "/load_balancer_types/1"],
  ["POST", "/zones"],
  ["POST", "/servers/1/actions/enable_rescue"],
  ["POST", "/servers/1/actions/create_image"],
  ["GET", "/servers/1/metrics?type=cpu"],
  ["POST", "/volumes/1/actions/attach"],
  ["DELETE", "/images/1"],
])("%s %s is not here, and says so", async (method, path) => {
  const answer = await project.api.answer({ method, path, authorization: `Bearer ${TOKEN}`, body: "" });
  expect(answer).toMatchObject({
    status: 501,
    body: { error: { code: "unsupported_error", message: expect.stringContaining("does not model") } },
  });
  expect(await project.api.answer({ method, path, body: "" })).toMatchObject({ status: 401 });
});

test.each(["/nonsense", "/servers/1/actions/nonsense/1/2", "/servers/1/colour"])(
  "%s is nowhere",
  async (path) => {
    expect(await project.api.answer({ method: "GET", path, body: "" })).toMatchObject({ status: 404 });
  },
);
