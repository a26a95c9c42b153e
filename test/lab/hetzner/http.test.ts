import { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { httpServer } from "../../../lab/hetzner/http";
import { metadataAnswer } from "../../../lab/hetzner/metadata";
import { Project, serverBody, TOKEN } from "./project";

let project: Project;
let server: Server;
let base: string;

beforeEach(async () => {
  project = new Project();
  server = httpServer(project.api);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await project.api.idle();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  project.close();
});

const call = (method: string, path: string, body?: unknown) =>
  fetch(base + path, {
    method,
    headers: { Authorization: `Bearer ${TOKEN}` },
    body: body === undefined ? undefined : JSON.stringify(body),
  });

test("the API is below /v1 and says how many requests are left", async () => {
  const answer = await call("GET", "/v1/locations?name=hel1");
  expect(answer.status).toBe(200);
  expect(answer.headers.get("RateLimit-Remaining")).toBe("3599");
  expect(await answer.json()).toMatchObject({ locations: [{ name: "hel1" }] });
  expect((await call("GET", "/locations")).status).toBe(404);
  const { ssh_key } = (await (await call("POST", "/v1/ssh_keys", key)).json()) as { ssh_key: { id: number } };
  expect((await call("DELETE", `/v1/ssh_keys/${ssh_key.id}`)).status).toBe(204);
});

const key = {
  name: "me",
  public_key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me",
};

test("a dropped connection has no answer", async () => {
  await call("PUT", "/_faults", { requests: [{ path: "/servers", times: 1, drop: true }] });
  await expect(call("GET", "/v1/servers")).rejects.toThrow();
  expect((await call("GET", "/v1/servers")).status).toBe(200);
  const { requests } = (await (await call("GET", "/_requests")).json()) as { requests: object[] };
  expect(requests).toMatchObject([{ status: 0 }, { status: 200 }]);
});

test("requests are counted, polls apart from the others, until they are forgotten", async () => {
  const { action } = (await (await call("POST", "/v1/servers", serverBody())).json()) as {
    action: { id: number };
  };
  await call("GET", `/v1/actions?id=${action.id}&page=1`);
  await call("GET", "/v1/servers");
  const summary = async () => (await call("GET", "/_requests")).json();
  expect(await summary()).toMatchObject({
    total: 3,
    polls: 1,
    withoutPolls: 2,
    requests: [
      { method: "POST", path: "/servers", status: 201, poll: false },
      { method: "GET", poll: true },
      { method: "GET", path: "/servers", poll: false },
    ],
  });
  expect((await call("DELETE", "/_requests")).status).toBe(204);
  expect(await summary()).toMatchObject({ total: 0 });
});

test("holdings say what is there and what it costs", async () => {
  expect(await (await call("GET", "/_holdings?format=text")).text()).toBe("nothing\n");
  await project.createServer();
  expect(await (await call("GET", "/_holdings")).json()).toMatchObject({
    objects: [{ kind: "server", name: "il" }, { kind: "primary_ip" }, { kind: "primary_ip" }],
    monthly: 19.99,
  });
  expect(await (await call("GET", "/_holdings?format=text")).text()).toMatch(
    /^server \d+ il cpx22 fsn1 running\nprimary_ip .*198\.51\.100\.10 fsn1\n.*\n19\.99 EUR a month, net\n$/,
  );
});

test("stock is set for a type, or for one of its locations", async () => {
  expect(await (await call("PUT", "/_stock", { cx23: true, cpx22: { fsn1: false } })).json()).toEqual({
    cx23: { fsn1: true, nbg1: true, hel1: true },
    cpx22: { fsn1: false },
  });
  expect((await call("POST", "/v1/servers", serverBody())).status).toBe(412);
  expect((await call("POST", "/v1/servers", serverBody({ server_type: "cx23" }))).status).toBe(201);
});

test.each([
  [{ cx1: true }, "there is no server type cx1\n"],
  [{ cx23: { ash: true } }, "cx23 is not sold in ash\n"],
  [{ cx23: { fsn1: 3 } }, "cx23 in fsn1 must be true or false\n"],
])("stock %j is refused", async (stock, message) => {
  const answer = await call("PUT", "/_stock", stock);
  expect(answer.status).toBe(400);
  expect(await answer.text()).toBe(message);
});

test("the lab's own endpoints name each other", async () => {
  const answer = await call("GET", "/_nothing");
  expect(answer.status).toBe(404);
  expect(await answer.text()).toContain("/_requests");
});

test("a server learns from the metadata service who it is, and nobody else does", async () => {
  const network = await project.createNetwork();
  const il = await project.createServer({ networks: [network.id], user_data: "#cloud-config\n{}" });
  await project.createServer({ name: "ee", user_data: "secret" });
  const ask = (path: string, source = il.public_net.ipv4.ip) =>
    metadataAnswer(project.api.cloud, source, `/hetzner/v1/${path}`);
  expect(ask("userdata")).toBe("#cloud-config\n{}");
  expect(ask("userdata", `::ffff:${il.public_net.ipv4.ip}`)).toBe("#cloud-config\n{}");
  expect(ask("metadata/hostname")).toBe("il");
  expect(ask("metadata/instance-id")).toBe(String(il.id));
  expect(ask("metadata/private-networks")).toBe(
    [
      "- ip: 10.64.0.2",
      "  alias_ips: []",
      "  interface_num: 1",
      `  mac_address: ${il.private_net[0].mac_address}`,
      `  network_id: ${network.id}`,
      `  network_name: ${network.name}`,
      "  network: 10.64.0.0/24",
      "  subnet: 10.64.0.0/24",
      "  gateway: 10.64.0.1",
      "",
    ].join("\n"),
  );
  expect(ask("metadata")).toContain(`  - address: ${il.public_net.ipv6.ip.replace("::/", "::1/")}\n`);
  expect(ask("metadata/colour")).toBeUndefined();
  expect(ask("userdata", "198.51.100.200")).toBeUndefined();
});
