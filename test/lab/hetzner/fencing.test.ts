import type { Fence } from "../../../lab/machine/fences";
import { noHardware } from "../../../lab/hetzner/server-hardware";
import { Project } from "./project";

let project: Project;
/** What the machines were asked for, with what is told of fences. */
let calls: unknown[][];

const reachedFences = () => calls.flatMap(([name, fences]) => (name === "fence" ? [fences as Fence[]] : []));
const standing = () => reachedFences().at(-1);

beforeEach(async () => {
  calls = [];
  const bare = noHardware();
  const noting = {
    ...bare,
    powerOn: async (id: number) => {
      calls.push(["powerOn"]);
      await bare.powerOn(id);
    },
    fence: async (fences: Fence[]) => void calls.push(["fence", structuredClone(fences)]),
  };
  project = new Project({ hardware: noting });
  await project.api.open();
});

afterEach(async () => {
  await project.api.idle();
  project.close();
});

const ssh = { direction: "in", protocol: "tcp", port: "22", source_ips: ["203.0.113.0/24"] };
const anyUdp = { direction: "in", protocol: "udp", port: "any", source_ips: ["::/0"] };
const web = { direction: "out", protocol: "tcp", port: "80-90", destination_ips: ["0.0.0.0/0"] };
const sshPassage = { protocol: "tcp", ports: "22", peers: ["203.0.113.0/24"] };

const create = async (body: object = {}) =>
  (await project.run("POST", "/firewalls", { name: "wall", rules: [ssh], ...body })).firewall;

const target = (id: number) => ({ type: "server", server: { id } });

test("nobody has a fence at first, which the machines are told once", async () => {
  await project.createServer();
  await create();
  expect(reachedFences()).toEqual([[]]);
});

test("rules are in force when the firewall is applied, and no longer when it is removed", async () => {
  const { id, public_net } = await project.createServer();
  const firewall = await create({ rules: [ssh, anyUdp, web] });
  const path = `/firewalls/${firewall.id}/actions`;
  await project.run("POST", `${path}/apply_to_resources`, { apply_to: [target(id)] });
  expect(standing()).toEqual([]); // pending
  await project.api.idle();
  expect(standing()).toEqual([
    {
      server: id,
      addresses: [public_net.ipv4.ip, public_net.ipv6.ip],
      in: [sshPassage, { protocol: "udp", ports: null, peers: ["::/0"] }],
      out: [{ protocol: "tcp", ports: "80-90", peers: ["0.0.0.0/0"] }],
    },
  ]);
  await project.run("POST", `${path}/remove_from_resources`, { remove_from: [target(id)] });
  await project.api.idle();
  expect(standing()).toEqual([]);
});

test("a server is behind its firewalls before it first runs", async () => {
  const walls = [await create(), await create({ name: "second", rules: [anyUdp] })];
  await project.createServer({ firewalls: walls.map(({ id }) => ({ firewall: id })) });
  expect(calls.map(([name]) => name)).toEqual(["fence", "fence", "fence", "powerOn"]);
  expect(standing()).toMatchObject([{ in: [sshPassage, { protocol: "udp" }] }]);
});

test("new rules are in force when the request is answered; a refused one changes nothing", async () => {
  const firewall = await create();
  await project.createServer({ firewalls: [{ firewall: firewall.id }] });
  const path = `/firewalls/${firewall.id}/actions/set_rules`;
  await project.run("POST", path, { rules: [] });
  expect(standing()).toMatchObject([{ in: [] }]);
  const before = reachedFences().length;
  await project.refused("POST", path, { rules: [{ ...ssh, port: "0" }] });
  await project.run("PUT", `/firewalls/${firewall.id}`, { name: "other" });
  expect(reachedFences()).toHaveLength(before);
});

test("labels put a server behind a firewall, and take it out again", async () => {
  const { id } = await project.createServer();
  await create({ apply_to: [{ type: "label_selector", label_selector: { selector: "role=node" } }] });
  expect(standing()).toEqual([]);
  await project.run("PUT", `/servers/${id}`, { labels: { role: "node" } });
  expect(standing()).toMatchObject([{ server: id, in: [sshPassage] }]);
  await project.run("PUT", `/servers/${id}`, { labels: {} });
  expect(standing()).toEqual([]);
});

test("a fence goes with its server, and follows its addresses", async () => {
  const firewall = await create();
  const { id, public_net } = await project.createServer({ firewalls: [{ firewall: firewall.id }] });
  await project.act(`/servers/${id}/actions/poweroff`);
  await project.run("POST", `/primary_ips/${public_net.ipv6.id}/actions/unassign`);
  expect(standing()).toMatchObject([{ addresses: [public_net.ipv4.ip] }]);
  await project.run("DELETE", `/servers/${id}`);
  await project.api.idle();
  expect(standing()).toEqual([]);
});

test("an action fails when its rules cannot be put in force, and the next change makes up for it", async () => {
  let broken = true;
  const fences: Fence[][] = [];
  const own = new Project({
    hardware: {
      ...noHardware(),
      fence: async (some) => {
        if (broken && some.length > 0) throw new Error("nft failed");
        fences.push(some);
      },
    },
  });
  const { firewall } = await own.run("POST", "/firewalls", { name: "wall", rules: [ssh] });
  const { id } = await own.createServer({ start_after_create: false });
  const apply = { apply_to: [target(id)] };
  const { actions } = await own.run("POST", `/firewalls/${firewall.id}/actions/apply_to_resources`, apply);
  await own.api.idle();
  expect((await own.run("GET", `/actions/${actions[0].id}`)).action).toMatchObject({
    status: "error",
    error: { message: "nft failed" },
  });
  broken = false;
  await own.run("PUT", `/servers/${id}`, { name: "ee" });
  expect(fences.at(-1)).toMatchObject([{ server: id }]);
  own.close();
});
