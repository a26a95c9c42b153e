import * as fc from "fast-check";
import {
  HetznerApi,
  HetznerError,
  Kind,
  KINDS,
  Leftovers,
  sweep,
  sweepHost,
} from "../../../provider/hetzner";
import { FakeClock } from "../virtualbox/fake-clock";
import { ApiServer, error, startApi } from "./api-server";
import { Cloud } from "./cloud";

const ours = { "kluster-stack": "0123456789abcdef" };
const others = { "kluster-stack": "fedcba9876543210" };
const kinds = Object.keys(KINDS) as Kind[];
let server: ApiServer;
let cloud: Cloud;
let api: HetznerApi;

beforeEach(async () => {
  cloud = new Cloud();
  server = await startApi(cloud.answer);
  api = new HetznerApi({ token: "x".repeat(64), endpoint: server.endpoint, clock: new FakeClock() });
});
afterEach(() => server.stop());

const deletions = () => server.asked.filter(({ method }) => method === "DELETE").map(({ path }) => path);

describe("what a killed run left where something is about to be made", () => {
  test.each(kinds)("is removed when it is ours (%s)", async (kind) => {
    cloud.add(kind, "kluster-dev", ours);
    cloud.add(kind, "kluster-dev-il", ours);
    await expect(new Leftovers(api).remove(kind, "kluster-dev", ours)).resolves.toBe(
      `the ${KINDS[kind]} kluster-dev`,
    );
    expect(cloud.all).toEqual([`${kind}/kluster-dev-il`]);
  });

  test("is nothing, as a rule, which costs one request", async () => {
    await expect(new Leftovers(api).remove("servers", "kluster-dev-il", ours)).resolves.toBeUndefined();
    expect(server.asked.map(({ path }) => path)).toEqual(["/servers?page=1&per_page=50"]);
  });

  test.each([
    ["another stack's", others, /belongs to another stack \(kluster-stack=fedcba9876543210\)/],
    ["nobody's", {}, /was not made by kluster/],
    ["another host's", { ...ours, "kluster-host": "ee" }, /is not this stack's/],
  ])("is left alone when it is %s, and stands in the way", async (_, labels, words) => {
    cloud.add("servers", "kluster-dev-il", labels);
    const call = new Leftovers(api).remove("servers", "kluster-dev-il", { ...ours, "kluster-host": "il" });
    await expect(call).rejects.toThrow(words);
    await expect(call).rejects.toMatchObject({ code: "uniqueness_error" });
    await expect(call).rejects.toThrow(/^The server kluster-dev-il exists in this Hetzner project/);
    expect(cloud.all).toEqual(["servers/kluster-dev-il"]);
  });

  test.each<[Kind, object]>([
    ["servers", { private_net: [{ network: 7 }] }],
    ["servers", { private_net: [{ network: 7 }], protection: { delete: true } }],
    ["networks", { servers: [4711] }],
    ["placement_groups", { servers: [4711] }],
    ["firewalls", { applied_to: [{ type: "server", server: { id: 4711 } }] }],
    ["primary_ips", { assignee_id: 4711 }],
  ])(
    "is not taken for half made when it is in use (%s): the state was cut short, or comes from a backup",
    async (kind, use) => {
      cloud.add(kind, "kluster-dev", ours, use);
      const call = new Leftovers(api).remove(kind, "kluster-dev", ours);
      await expect(call).rejects.toThrow(
        /is there and in use, and the state does not know it.*`pulumi destroy` to its end/,
      );
      expect(deletions()).toEqual([]);
    },
  );

  test("is not what this very run has deleted to replace it, whatever an older list says", async () => {
    const leftovers = new Leftovers(api);
    cloud.add("servers", "kluster-dev-sam", ours, { private_net: [{ network: 7 }] });
    await leftovers.remove("servers", "kluster-dev-mo", ours);
    cloud.objects.servers.length = 0;
    await expect(leftovers.remove("servers", "kluster-dev-sam", ours)).resolves.toBeUndefined();
  });

  test("is removed with a protection of its own only by whoever takes that off", async () => {
    cloud.add("servers", "kluster-dev-il", ours, { protection: { delete: true } });
    const call = new Leftovers(api).remove("servers", "kluster-dev-il", ours);
    await expect(call).rejects.toThrow(
      /^The server kluster-dev-il cannot be deleted: it is protected\. Take its protection off/,
    );
    expect(deletions()).toEqual([]);
  });

  test("loses a protection that it got before it was ever in a network: nothing is on it yet", async () => {
    const half = { protection: { delete: true }, private_net: [] };
    const { id } = cloud.add("servers", "kluster-dev-il", { ...ours, "kluster-host": "il" }, half);
    cloud.before = ({ method, path }) => {
      if (method !== "POST" || path !== `/servers/${id}/actions/change_protection`) return undefined;
      return {
        status: 201,
        body: { action: { id: 5, command: "change_protection", status: "success", error: null } },
      };
    };
    await new Leftovers(api).remove("servers", "kluster-dev-il", ours);
    const lifted = server.asked.find(({ path }) => path.endsWith("change_protection"));
    expect(lifted!.body).toEqual({ delete: false, rebuild: false });
    expect(cloud.all).toEqual([]);
  });

  test("keeps its protection where it is no host's: somebody gave it the stack's label by hand", async () => {
    cloud.add("servers", "db", ours, { protection: { delete: true }, private_net: [] });
    await expect(sweep(api, ours["kluster-stack"])).rejects.toThrow(
      /The server db cannot be deleted: it is protected/,
    );
    expect(deletions()).toEqual([]);
  });

  test("is taken from its server first, where it must be", async () => {
    const { id } = cloud.add("primary_ips", "kluster-dev-il-ipv4", ours);
    let assigned = true;
    cloud.before = ({ method, path }) => {
      if (method === "POST" && path === `/primary_ips/${id}/actions/unassign`) {
        assigned = false;
        return {
          status: 201,
          body: { action: { id: 5, command: "unassign_primary_ip", status: "success", error: null } },
        };
      }
      return method === "DELETE" && assigned ? error(422, "must_be_unassigned") : undefined;
    };
    await new Leftovers(api).remove("primary_ips", "kluster-dev-il-ipv4", ours);
    expect(cloud.all).toEqual([]);
  });
});

describe("a subnet, which has neither name nor label", () => {
  const subnets = [{ ip_range: "10.64.0.0/24" }];
  const acted = () =>
    server.asked.filter(({ method }) => method === "POST").map(({ path, body }) => [path, body]);
  beforeEach(() => {
    cloud.before = ({ method, path }) =>
      method === "POST" && path.endsWith("/delete_subnet")
        ? {
            status: 201,
            body: { action: { id: 5, command: "delete_subnet", status: "success", error: null } },
          }
        : undefined;
  });

  test("is taken out of its network where a killed run has left it", async () => {
    const { id } = cloud.add("networks", "kluster-dev", ours, { subnets, servers: [] });
    await new Leftovers(api).removeSubnet(id, "10.64.0.0/24");
    expect(acted()).toEqual([[`/networks/${id}/actions/delete_subnet`, { ip_range: "10.64.0.0/24" }]]);
  });

  test("is nothing, as a rule", async () => {
    const { id } = cloud.add("networks", "kluster-dev", ours, { subnets, servers: [] });
    await new Leftovers(api).removeSubnet(id, "10.99.0.0/24");
    expect(acted()).toEqual([]);
  });

  test("stays where servers are in it", async () => {
    const { id } = cloud.add("networks", "kluster-dev", ours, { subnets, servers: [4711] });
    await expect(new Leftovers(api).removeSubnet(id, "10.64.0.0/24")).rejects.toThrow(
      /network kluster-dev is there and in use/,
    );
    expect(acted()).toEqual([]);
  });
});

describe("a host that leaves", () => {
  const mo = { ...ours, "kluster-host": "mo" };
  const owner = { stackIdentity: ours["kluster-stack"], host: "mo", name: "kluster-dev-mo" };

  test("takes its addresses along, and a server that was just being ordered, and nothing else", async () => {
    const half = cloud.add("servers", "kluster-dev-mo", mo, { private_net: [] });
    cloud.before = ({ method, path }) => {
      if (method === "DELETE" && path === `/servers/${half.id}`)
        cloud.objects.primary_ips.forEach((ip) => (ip.assignee_id = null));
      return undefined;
    };
    cloud.add("primary_ips", "kluster-dev-mo-ipv4-fsn1", mo, { assignee_id: half.id });
    cloud.add("primary_ips", "kluster-dev-mo-ipv6-fsn1", {});
    cloud.add("primary_ips", "kluster-dev-mo-ipv4", others);
    cloud.add("primary_ips", "kluster-dev-mobile-ipv4-fsn1", {});
    cloud.add("servers", "kluster-dev-ee", { ...ours, "kluster-host": "ee" });
    expect(await sweepHost(api, owner)).toEqual([
      "the server kluster-dev-mo",
      "the primary IP kluster-dev-mo-ipv4-fsn1",
      "the primary IP kluster-dev-mo-ipv6-fsn1",
    ]);
    expect(cloud.all).toEqual([
      "servers/kluster-dev-ee",
      "primary_ips/kluster-dev-mo-ipv4",
      "primary_ips/kluster-dev-mobile-ipv4-fsn1",
    ]);
  });

  test("leaves what is in use, and says so: the state has forgotten it, or somebody else has it", async () => {
    cloud.add("servers", "kluster-dev-mo", mo, { private_net: [{ network: 7 }] });
    cloud.add("primary_ips", "kluster-dev-mo-ipv4-fsn1", mo, { assignee_id: 4711 });
    cloud.add("primary_ips", "kluster-dev-mo-ipv6-fsn1", mo);
    await expect(sweepHost(api, owner)).rejects.toThrow(
      /^mo has left, but the server kluster-dev-mo and the primary IP kluster-dev-mo-ipv4-fsn1 are in use at Hetzner/,
    );
    expect(cloud.all).toEqual(["servers/kluster-dev-mo", "primary_ips/kluster-dev-mo-ipv4-fsn1"]);
  });
});

describe("a stack that is swept", () => {
  test("leaves nothing of its own, and everything of others, of every kind", async () => {
    const thing = fc.record({ kind: fc.constantFrom(...kinds), labels: fc.constantFrom(ours, others, {}) });
    await fc.assert(
      fc.asyncProperty(fc.array(thing, { maxLength: 20 }), async (things) => {
        kinds.forEach((kind) => (cloud.objects[kind] = []));
        things.forEach(({ kind, labels }, index) => cloud.add(kind, `thing-${index}`, labels));
        const mine = things.flatMap(({ kind, labels }, index) =>
          labels === ours ? [`the ${KINDS[kind]} thing-${index}`] : [],
        );
        const removed = await sweep(api, ours["kluster-stack"]);
        expect([...removed].sort()).toEqual([...mine].sort());
        const left = things.flatMap(({ kind, labels }, i) => (labels === ours ? [] : [`${kind}/thing-${i}`]));
        expect([...cloud.all].sort()).toEqual(left.sort());
      }),
      { numRuns: 20 },
    );
  });

  test("goes from what uses to what is used, so that nothing is in the way", async () => {
    for (const kind of [...kinds].reverse()) cloud.add(kind, kind, ours);
    await sweep(api, ours["kluster-stack"]);
    expect(deletions().map((path) => path.split("/")[1])).toEqual([
      ...["servers", "load_balancers", "floating_ips", "primary_ips", "volumes"],
      ...["firewalls", "networks", "placement_groups", "ssh_keys", "certificates"],
    ]);
  });

  test("waits for what a server that is just gone still holds", async () => {
    cloud.add("firewalls", "kluster-dev", ours);
    let refusals = 3;
    cloud.before = ({ method }) =>
      method === "DELETE" && refusals-- > 0 ? error(422, "resource_in_use") : undefined;
    await expect(sweep(api, ours["kluster-stack"])).resolves.toEqual(["the firewall kluster-dev"]);
  });

  test("costs a list of each kind when there is nothing", async () => {
    await expect(sweep(api, ours["kluster-stack"])).resolves.toEqual([]);
    expect(server.asked).toHaveLength(kinds.length);
  });

  test("deletes the rest when something cannot be, and then says what is left", async () => {
    cloud.add("servers", "kluster-dev-il", ours, { protection: { delete: true } });
    cloud.add("volumes", "data", ours);
    const failure = await sweep(api, ours["kluster-stack"]).then(
      () => undefined,
      (error) => error,
    );
    expect(failure).toBeInstanceOf(HetznerError);
    expect(failure.message.split("\n")).toEqual([
      "Not everything of the stack could be deleted at Hetzner, and what is left may cost money:",
      "- The server kluster-dev-il cannot be deleted: it is protected. Take its protection off in the Hetzner console, and run this again.",
      "Deleted were: the volume data.",
    ]);
    expect(cloud.all).toEqual(["servers/kluster-dev-il"]);
  });

  test("stops where a server has an address of the stack and not its label: it may be the stack's own", async () => {
    const lost = cloud.add("servers", "kluster-dev-ee", {}, { status: "running" });
    const labels = { ...ours, "kluster-host": "ee" };
    cloud.add("primary_ips", "kluster-dev-ee-ipv4", labels, { assignee_id: lost.id });
    cloud.add("servers", "kluster-dev-il", ours);
    cloud.add("networks", "kluster-dev", ours);
    await expect(sweep(api, ours["kluster-stack"])).rejects.toThrow(
      /- The server kluster-dev-ee \(id 1\) has the primary IP kluster-dev-ee-ipv4, and does not carry the stack's label\. .* If it is: hcloud server add-label --overwrite kluster-dev-ee kluster-stack=0123456789abcdef kluster-host=ee\.\nDeleted were: the server kluster-dev-il\./s,
    );
    expect(cloud.all).toEqual([
      "servers/kluster-dev-ee",
      "primary_ips/kluster-dev-ee-ipv4",
      "networks/kluster-dev",
    ]);
    lost.labels = labels;
    await sweep(api, ours["kluster-stack"]);
    expect(cloud.all).toEqual([]);
  });

  test.each([
    ["is just going", { status: "deleting" }],
    ["is gone, though its address still names it", undefined],
  ])("does not stop for a server that %s", async (_, server) => {
    const id = server ? cloud.add("servers", "gone", {}, server).id : 4711;
    cloud.add("primary_ips", "kluster-dev-ee-ipv4", ours, { assignee_id: id });
    await expect(sweep(api, ours["kluster-stack"])).resolves.toEqual(["the primary IP kluster-dev-ee-ipv4"]);
  });

  test("is not believed to be gone because Hetzner said so", async () => {
    cloud.add("networks", "kluster-dev", ours);
    cloud.before = ({ method }) => (method === "DELETE" ? { status: 204 } : undefined);
    await expect(sweep(api, ours["kluster-stack"])).rejects.toThrow(
      /The network kluster-dev was deleted, and yet is there/,
    );
  });

  test("that cannot be looked at has not been swept", async () => {
    cloud.before = ({ path }) => (path.startsWith("/volumes") ? error(401, "unauthorized") : undefined);
    await expect(sweep(api, ours["kluster-stack"])).rejects.toMatchObject({ code: "unauthorized" });
  });
});
