import { Project } from "./project";

let project: Project;

beforeEach(() => {
  project = new Project();
});

afterEach(async () => {
  await project.api.idle();
  project.close();
});

const ssh = { direction: "in", protocol: "tcp", port: "22", source_ips: ["203.0.113.0/24"] };

const create = async (body: object = {}) =>
  (await project.run("POST", "/firewalls", { name: "wall", rules: [ssh], ...body })).firewall;

test("rules come back whole and in canonical form", async () => {
  const firewall = await create({ rules: [{ ...ssh, source_ips: ["2001:0db8::/32"], description: "SSH" }] });
  expect(firewall.rules).toEqual([
    {
      direction: "in",
      protocol: "tcp",
      port: "22",
      source_ips: ["2001:db8::/32"],
      destination_ips: [],
      description: "SSH",
    },
  ]);
  await project.run("POST", `/firewalls/${firewall.id}/actions/set_rules`, { rules: [] });
  expect((await project.run("GET", `/firewalls/${firewall.id}`)).firewall.rules).toEqual([]);
});

test.each([
  ["a port without ports", { protocol: "icmp" }],
  ["no port", { port: undefined }],
  ["a port out of range", { port: "70000" }],
  ["a range the wrong way", { port: "90-80" }],
  ["no sources", { source_ips: [] }],
  ["destinations of what comes in", { destination_ips: ["10.0.0.0/8"] }],
  ["host bits", { source_ips: ["203.0.113.7/24"] }],
  ["no direction", { direction: undefined }],
])("a rule with %s is refused", async (_what, change) => {
  const body = { name: "wall", rules: [{ ...ssh, ...change }] };
  expect(await project.refused("POST", "/firewalls", body)).toBe("422 invalid_input");
});

test("a firewall has 50 rules at most", async () => {
  const rules = (count: number) => Array.from({ length: count }, () => ssh);
  await create({ rules: rules(50) });
  expect(await project.refused("POST", "/firewalls", { name: "w2", rules: rules(51) })).toBe(
    "422 invalid_input",
  );
});

test("on a server it is pending first, then applied, once", async () => {
  const { id } = await project.createServer();
  const firewall = await create();
  const target = { type: "server", server: { id } };
  const apply = `/firewalls/${firewall.id}/actions/apply_to_resources`;
  await project.run("POST", apply, { apply_to: [target] });
  expect((await project.server(id)).public_net.firewalls).toEqual([{ id: firewall.id, status: "pending" }]);
  expect(await project.server(id)).toMatchObject({ public_net: { firewalls: [{ id: firewall.id }] } });
  await project.api.idle();
  expect((await project.server(id)).public_net.firewalls).toEqual([{ id: firewall.id, status: "applied" }]);
  expect(await project.refused("POST", apply, { apply_to: [target] })).toBe("422 firewall_already_applied");
  expect(await project.refused("DELETE", `/firewalls/${firewall.id}`)).toBe("422 resource_in_use");
  await project.run("POST", `/firewalls/${firewall.id}/actions/remove_from_resources`, {
    remove_from: [target],
  });
  await project.api.idle();
  await project.run("DELETE", `/firewalls/${firewall.id}`);
});

test("a list with one target too many applies none of them", async () => {
  const { id } = await project.createServer();
  const firewall = await create();
  const targets = [id, 1].map((server) => ({ type: "server", server: { id: server } }));
  expect(
    await project.refused("POST", `/firewalls/${firewall.id}/actions/apply_to_resources`, {
      apply_to: targets,
    }),
  ).toBe("404 firewall_resource_not_found");
  expect((await project.server(id)).public_net.firewalls).toEqual([]);
});

test("a label selector covers the servers that have the labels now", async () => {
  const selector = { type: "label_selector", label_selector: { selector: "role=node" } };
  const firewall = await create({ apply_to: [selector] });
  const node = await project.createServer({ labels: { role: "node" } });
  const other = await project.createServer({ name: "ee" });
  expect((await project.server(node.id)).public_net.firewalls).toEqual([
    { id: firewall.id, status: "applied" },
  ]);
  expect((await project.server(other.id)).public_net.firewalls).toEqual([]);
  await project.run("PUT", `/servers/${other.id}`, { labels: { role: "node" } });
  const { firewall: grown } = await project.run("GET", `/firewalls/${firewall.id}`);
  expect(grown.applied_to[0].applied_to_resources).toHaveLength(2);
});
