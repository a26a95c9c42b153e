import { ROUTES } from "../../../lab/hetzner/api";
import { isUnmodelled } from "../../../lab/hetzner/unmodelled";
import { isDescribed, readDescription } from "./description";
import { answered, Project, PUBLIC_KEY } from "./project";

const described = isDescribed ? test : test.skip;
const missing = isDescribed ? "" : " (skipped: KLUSTER_HCLOUD_OPENAPI names no description of the API)";

/** Routes that only ever refuse, as the API now does. */
const REFUSING = ["GET /datacenters", "GET /datacenters/{id}"];

const operations = () => ROUTES.map(({ method, path }) => `${method} ${path}`);

described(`there is no route that the API does not describe${missing}`, () => {
  const known = readDescription()!.operations();
  expect(operations().filter((operation) => !known.includes(operation))).toEqual([]);
});

described(`everything that the API describes is here, or is answered with 501 and words${missing}`, () => {
  const isElsewhere = (operation: string) => operation.includes("/storage_box"); // at another address
  const lost = readDescription()!
    .operations()
    .filter((operation) => !operations().includes(operation) && !isElsewhere(operation))
    .filter((operation) => {
      const [method, path] = operation.split(" ");
      return !isUnmodelled(method, path.replace(/\{\w+\}/g, "1"));
    });
  expect(lost).toEqual([]);
  const known = readDescription()!.operations();
  const both = operations().filter((operation) =>
    isUnmodelled(...(operation.split(" ") as [string, string])),
  );
  expect(both.filter((operation) => known.includes(operation))).toEqual([]);
});

described(`what does not fit the description is noticed${missing}`, () => {
  const description = readDescription()!;
  const key = {
    id: 1,
    name: "k",
    fingerprint: "",
    public_key: "",
    labels: {},
    created: "2026-01-01T00:00:00Z",
  };
  const answer = (change: object) =>
    description.answer("GET /ssh_keys/{id}", 200, { ssh_key: { ...key, ...change } });
  expect(answer({})).toEqual([]);
  expect(answer({ id: "1" })).not.toEqual([]);
  expect(answer({ created: "yesterday" })).not.toEqual([]);
  expect(answer({ colour: "blue" })).not.toEqual([]);
  expect(answer({ name: undefined })).not.toEqual([]);
  expect(description.answer("GET /ssh_keys/{id}", 404, { code: "not_found" })).not.toEqual([]);
});

described(`every route answers as it is described${missing}`, async () => {
  const project = new Project();
  const run = project.run.bind(project);
  const { ssh_key } = await run("POST", "/ssh_keys", { name: "me", public_key: PUBLIC_KEY });
  const { placement_group } = await run("POST", "/placement_groups", { name: "spread", type: "spread" });
  const { network } = await run("POST", "/networks", { name: "net", ip_range: "10.64.0.0/16" });
  const { firewall } = await run("POST", "/firewalls", { name: "wall", rules: [] });
  const { primary_ip } = await run("POST", "/primary_ips", { name: "ip", type: "ipv4", location: "fsn1" });
  const kinds = ["ssh_keys", "placement_groups", "networks", "firewalls", "primary_ips"];
  const ids = [ssh_key, placement_group, network, firewall, primary_ip].map(({ id }) => id);

  const subnet = { type: "cloud", network_zone: "eu-central", ip_range: "10.64.0.0/24" };
  await project.act(`/networks/${network.id}/actions/add_subnet`, subnet);
  const route = { destination: "10.100.0.0/24", gateway: "10.64.0.9" };
  await project.act(`/networks/${network.id}/actions/add_route`, route);
  await project.act(`/networks/${network.id}/actions/change_ip_range`, { ip_range: "10.0.0.0/8" });
  await project.act(`/networks/${network.id}/actions/change_protection`, { delete: false });

  const server = await project.createServer({
    labels: { role: "node" },
    ssh_keys: [ssh_key.name],
    placement_group: placement_group.id,
    firewalls: [{ firewall: firewall.id }],
    public_net: { enable_ipv4: true, ipv4: primary_ip.id, enable_ipv6: true, ipv6: null },
  });
  const on = (action: string, body?: object) => project.act(`/servers/${server.id}/actions/${action}`, body);
  await on("attach_to_network", { network: network.id, alias_ips: ["10.64.0.50"] });
  await on("change_alias_ips", { network: network.id, alias_ips: [] });
  for (const action of ["reboot", "reset", "shutdown", "poweron", "poweroff"]) await on(action);
  await on("remove_from_placement_group");
  await on("add_to_placement_group", { placement_group: placement_group.id });
  await on("change_type", { server_type: "ccx13", upgrade_disk: true });
  await on("rebuild", { image: "debian-12" });
  await on("change_protection", { delete: false, rebuild: false });
  await on("detach_from_network", { network: network.id });
  await on("poweroff");
  const ip = (action: string, body?: object) =>
    project.act(`/primary_ips/${primary_ip.id}/actions/${action}`, body);
  await ip("unassign");
  await ip("assign", { assignee_id: server.id, assignee_type: "server" });
  await ip("change_protection", { delete: false });
  await ip("change_dns_ptr", { ip: primary_ip.ip, dns_ptr: "il.example.com" });

  const wall = `/firewalls/${firewall.id}/actions`;
  const target = { type: "server", server: { id: server.id } };
  await run("POST", `${wall}/set_rules`, { rules: [] });
  await run("POST", `${wall}/remove_from_resources`, { remove_from: [target] });
  await project.api.idle();
  await run("POST", `${wall}/apply_to_resources`, { apply_to: [target] });
  await project.api.idle();

  for (const [at, kind] of [...kinds.entries(), [5, "servers"] as const]) {
    const id = ids[at] ?? server.id;
    await run("GET", `/${kind}`);
    await run("GET", `/${kind}/${id}`);
    await run("PUT", `/${kind}/${id}`, { labels: { colour: "blue" } });
  }
  const action = await on("poweron");
  await run("GET", `/actions?id=${action.id}`);
  const asked = {
    servers: server.id,
    networks: network.id,
    firewalls: firewall.id,
    primary_ips: primary_ip.id,
  };
  for (const [kind, id] of Object.entries(asked)) {
    const { actions } = await run("GET", `/${kind}/actions?status=success&sort=id`);
    await run("GET", `/${kind}/actions/${actions[0].id}`);
    const { actions: own } = await run("GET", `/${kind}/${id}/actions`);
    await run("GET", `/${kind}/${id}/actions/${own[0].id}`);
  }
  for (const kind of ["server_types", "locations", "images"]) {
    const { [kind]: found } = await run("GET", `/${kind}`);
    await run("GET", `/${kind}/${found[0].id}`);
  }
  await run("GET", "/pricing");

  const others = {
    volumes: { size: 10, location: "fsn1" },
    floating_ips: { type: "ipv4", home_location: "fsn1" },
    load_balancers: { load_balancer_type: "lb11", location: "fsn1" },
    certificates: { type: "uploaded" },
  };
  for (const [kind, body] of Object.entries(others)) {
    const made = await run("POST", `/${kind}`, { name: "left", ...body });
    const { id } = Object.values(made)[0];
    await run("GET", `/${kind}`);
    await run("GET", `/${kind}/${id}`);
    await run("PUT", `/${kind}/${id}`, { labels: { colour: "red" } });
    await run("DELETE", `/${kind}/${id}`);
  }

  await run("DELETE", `/servers/${server.id}`);
  await project.api.idle();
  await project.act(`/networks/${network.id}/actions/delete_route`, route);
  await project.act(`/networks/${network.id}/actions/delete_subnet`, { ip_range: subnet.ip_range });
  for (const [at, kind] of kinds.entries()) await run("DELETE", `/${kind}/${ids[at]}`);
  expect(project.api.cloud.state).toMatchObject({ servers: [], networks: [], primaryIps: [], others: [] });

  expect(operations().filter((one) => !answered.has(one) && !REFUSING.includes(one))).toEqual([]);
  project.close();
});
