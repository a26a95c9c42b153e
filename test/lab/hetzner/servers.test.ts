import { noHardware, ServerHardware, ServerSpec } from "../../../lab/hetzner/server-hardware";
import { Project, serverBody } from "./project";

let project: Project;

beforeEach(() => {
  project = new Project();
});

afterEach(async () => {
  await project.api.idle();
  project.close();
});

/** Hardware that writes down what it is asked for. */
function recorder() {
  const calls: string[] = [];
  const specs: ServerSpec[] = [];
  const bare = noHardware();
  const hardware = new Proxy(bare, {
    get:
      (_target, name: keyof ServerHardware) =>
      async (...args: never[]) => {
        if (name !== "isRunning" && name !== "fence") calls.push(name);
        if (name === "create" || name === "reconfigure") specs.push(structuredClone(args[0]));
        return (bare[name] as (...given: never[]) => unknown)(...args);
      },
  });
  return { calls, specs, hardware };
}

test("a server is made, then started, and locked until then", async () => {
  const { server, action, next_actions } = await project.run("POST", "/servers", serverBody());
  expect(server).toMatchObject({ status: "initializing", locked: true });
  expect(action).toMatchObject({ command: "create_server", status: "running" });
  expect(next_actions).toMatchObject([{ command: "start_server", status: "running" }]);
  expect(await project.refused("POST", `/servers/${server.id}/actions/poweroff`)).toBe("423 locked");
  expect(await project.refused("DELETE", `/servers/${server.id}`)).toBe("423 locked");
  await project.api.idle();
  expect(await project.server(server.id)).toMatchObject({ status: "running", locked: false });
  const { actions } = await project.run("GET", `/actions?id=${action.id}&id=${next_actions[0].id}`);
  expect(actions).toMatchObject([{ status: "success" }, { status: "success" }]);
});

test("a server that is not to be started stays off", async () => {
  expect(await project.createServer({ start_after_create: false })).toMatchObject({ status: "off" });
});

test("the machine gets size, addresses, NICs and user data of its server", async () => {
  const { hardware, calls, specs } = recorder();
  const own = new Project({ hardware });
  const network = await own.createNetwork();
  const server = await own.createServer({ user_data: "#cloud-config\n{}", networks: [network.id] });
  expect(calls).toEqual(["create", "plug", "reconfigure", "powerOn"]);
  expect(specs[1]).toEqual({
    id: server.id,
    name: "il",
    memory: 4096,
    cpus: 2,
    disk: 80 * 1024,
    public: {
      mac: expect.stringMatching(/^92:00(:[0-9a-f]{2}){4}$/),
      ipv4: server.public_net.ipv4.ip,
      ipv6: server.public_net.ipv6.ip,
    },
    private: [
      {
        networkId: network.id,
        ip: "10.64.0.2",
        gateway: "10.64.0.1",
        mac: server.private_net[0].mac_address,
      },
    ],
    userData: "#cloud-config\n{}",
  });
  own.close();
});

test("a machine that cannot be made fails the actions, and the server is there all the same", async () => {
  const hardware = { ...noHardware(), create: () => Promise.reject(new Error("no space left on device")) };
  const own = new Project({ hardware });
  const { server, action, next_actions } = await own.run("POST", "/servers", serverBody());
  await own.api.idle();
  const { actions } = await own.run("GET", `/actions?id=${action.id}&id=${next_actions[0].id}`);
  expect(actions).toMatchObject([
    { status: "error", error: { code: "action_failed", message: "no space left on device" } },
    { status: "error" },
  ]);
  expect(await own.server(server.id)).toMatchObject({ status: "off" });
  own.close();
});

test.each([
  ["a name that is taken", {}, "409 uniqueness_error"],
  ["a name that is no hostname", { name: "il_1" }, "422 invalid_input"],
  ["no name", { name: undefined }, "422 invalid_input"],
  ["an unknown type", { name: "ee", server_type: "cx1" }, "422 invalid_input"],
  ["a type that is gone", { name: "ee", server_type: "cx22" }, "422 invalid_input"],
  ["a type that is sold out", { name: "ee", server_type: "cx23" }, "412 resource_unavailable"],
  ["an unknown location", { name: "ee", location: "mars" }, "422 invalid_input"],
  ["a location without the type", { name: "ee", server_type: "cx23", location: "ash" }, "422 invalid_input"],
  ["an unknown image", { name: "ee", image: "nixos" }, "422 invalid_input"],
  ["a data center", { name: "ee", datacenter: "fsn1-dc14" }, "410 deprecated_api_endpoint"],
  ["too much user data", { name: "ee", user_data: "x".repeat(32769) }, "422 invalid_input"],
  ["an unknown SSH key", { name: "ee", ssh_keys: [1] }, "404 not_found"],
  [
    "no network at all",
    { name: "ee", public_net: { enable_ipv4: false, enable_ipv6: false } },
    "422 invalid_input",
  ],
])("%s is refused, and nothing is left of it", async (_what, body, answer) => {
  await project.createServer();
  const before = structuredClone(project.api.cloud.state);
  expect(await project.refused("POST", "/servers", serverBody(body))).toBe(answer);
  expect(project.api.cloud.state).toEqual(before);
});

test("stock decides what can be made, wherever it is set", async () => {
  project.api.cloud.state.stock = { cx23: { nbg1: true }, cpx22: { fsn1: false } };
  expect(await project.refused("POST", "/servers", serverBody())).toBe("412 resource_unavailable");
  await project.createServer({ server_type: "cx23", location: "nbg1" });
  const { server_types } = await project.run("GET", "/server_types?name=cx23");
  expect(server_types[0].locations).toMatchObject([
    { name: "fsn1", available: false },
    { name: "nbg1", available: true },
    { name: "hel1", available: false },
  ]);
});

test("a placement group takes ten servers", async () => {
  const { placement_group: group } = await project.run("POST", "/placement_groups", {
    name: "spread",
    type: "spread",
  });
  for (let at = 0; at < 10; at++) await project.createServer({ name: `n${at}`, placement_group: group.id });
  expect(await project.refused("POST", "/servers", serverBody({ placement_group: group.id }))).toBe(
    "422 placement_group_member_limit_reached",
  );
  expect(await project.refused("DELETE", `/placement_groups/${group.id}`)).toBe("422 resource_in_use");
  const { placement_group: full } = await project.run("GET", `/placement_groups/${group.id}`);
  expect(full.servers).toHaveLength(10);
});

describe("a change of type", () => {
  test("needs the server off, keeps the disk, and starts it again", async () => {
    const { id } = await project.createServer({ server_type: "cpx12" });
    const change = { server_type: "cpx22", upgrade_disk: false };
    expect(await project.refused("POST", `/servers/${id}/actions/change_type`, change)).toBe(
      "422 server_not_stopped",
    );
    await project.act(`/servers/${id}/actions/poweroff`);
    expect(await project.server(id)).toMatchObject({ status: "off" });
    await project.act(`/servers/${id}/actions/change_type`, change);
    expect(await project.server(id)).toMatchObject({
      status: "running",
      server_type: { name: "cpx22" },
      primary_disk_size: 40,
    });
  });

  test.each([
    ["to another architecture", "cax11", "422 invalid_server_type"],
    ["to a smaller disk", "cpx12", "422 invalid_server_type"],
    ["to itself", "cpx22", "422 invalid_input"],
    ["to what is sold out", "cx33", "412 resource_unavailable"],
    ["to what is gone", "cx22", "422 invalid_server_type"],
  ])("%s is refused", async (_what, server_type, answer) => {
    const { id } = await project.createServer({ start_after_create: false });
    const body = { server_type, upgrade_disk: true };
    expect(await project.refused("POST", `/servers/${id}/actions/change_type`, body)).toBe(answer);
    expect(await project.server(id)).toMatchObject({ status: "off", server_type: { name: "cpx22" } });
  });
});

test("a protected server refuses to be deleted or rebuilt", async () => {
  const { id } = await project.createServer();
  const protection = `/servers/${id}/actions/change_protection`;
  expect(await project.refused("POST", protection, { delete: true, rebuild: false })).toBe(
    "422 invalid_input",
  );
  await project.act(protection, { delete: true, rebuild: true });
  expect(await project.refused("DELETE", `/servers/${id}`)).toBe("423 protected");
  expect(await project.refused("POST", `/servers/${id}/actions/rebuild`, { image: "debian-13" })).toBe(
    "423 protected",
  );
  await project.act(protection, { delete: false, rebuild: false });
  await project.run("DELETE", `/servers/${id}`);
});

test("a deleted server is deleting first, then gone with what was its own, and frees the rest", async () => {
  const { primary_ip: kept } = await project.run("POST", "/primary_ips", {
    name: "kept",
    type: "ipv4",
    location: "fsn1",
    auto_delete: false,
  });
  const { firewall } = await project.run("POST", "/firewalls", { name: "wall", rules: [] });
  const { id } = await project.createServer({
    public_net: { ipv4: kept.id },
    firewalls: [{ firewall: firewall.id }],
  });
  expect((await project.run("GET", "/primary_ips")).primary_ips).toHaveLength(2);
  expect(await project.refused("DELETE", `/firewalls/${firewall.id}`)).toBe("422 resource_in_use");
  expect(await project.refused("DELETE", `/primary_ips/${kept.id}`)).toBe("422 must_be_unassigned");

  await project.run("DELETE", `/servers/${id}`);
  expect(await project.server(id)).toMatchObject({ status: "deleting", locked: true });
  await project.api.idle();
  expect(await project.refused("GET", `/servers/${id}`)).toBe("404 not_found");
  expect((await project.run("GET", "/primary_ips")).primary_ips).toMatchObject([
    { id: kept.id, assignee_id: null, assignee_type: "unassigned" },
  ]);
  await project.run("DELETE", `/firewalls/${firewall.id}`);
  await project.run("DELETE", `/primary_ips/${kept.id}`);
});

test("a guest that shuts itself down is a server that is off", async () => {
  const { id } = await project.createServer();
  await project.api.cloud.hardware.powerOff(id);
  expect(await project.server(id)).toMatchObject({ status: "off" });
  await project.act(`/servers/${id}/actions/poweron`);
  expect(await project.server(id)).toMatchObject({ status: "running" });
});

test("shutdown ends before the guest is down", async () => {
  let pressed = 0;
  const own = new Project({
    hardware: { ...noHardware(), shutdown: async () => void pressed++ },
  });
  const { id } = await own.createServer();
  await own.act(`/servers/${id}/actions/shutdown`);
  expect(pressed).toBe(1);
  expect(await own.server(id)).toMatchObject({ status: "running" });
  own.close();
});

test("what a killed process left unfinished is finished by the next", async () => {
  const { server } = await project.run("POST", "/servers", serverBody());
  const stored = structuredClone(project.api.cloud.state);
  await project.api.idle();
  const next = new Project({
    store: { read: () => stored, write: () => {}, file: (name: string) => name } as never,
  });
  await next.api.open();
  await next.api.idle();
  expect(await next.server(server.id)).toMatchObject({ status: "running" });
  next.close();
});
