import { sweep } from "../../../provider/hetzner";
import { StandIn, STACK } from "./on-stand-in";

let cloud: StandIn;
beforeEach(async () => {
  cloud = await StandIn.open();
});
afterEach(() => cloud.close());

/** What a sweep says first, and how it ends. */
async function swept(): Promise<{ first: string[]; removed?: string[]; problem: string }> {
  const first: string[] = [];
  const warn = (line: string) => {
    expect(cloud.changes).toEqual([]); // before anything is deleted
    first.push(line);
  };
  cloud.project.api.log.clear();
  try {
    return { first, removed: await sweep(cloud.api, STACK, { warn }), problem: "" };
  } catch (error) {
    return { first, problem: (error as Error).message };
  }
}

const left = () => {
  const { servers, networks, firewalls, placementGroups, primaryIps } = cloud.project.api.cloud.state;
  return [servers, networks, firewalls, placementGroups, primaryIps].flat().map(({ name }) => name);
};

test("a stack that nobody else uses goes, the network last emptied of its subnet", async () => {
  await cloud.stack();
  expect(await swept()).toMatchObject({ first: [], problem: "" });
  expect(left()).toEqual([]);
  expect(cloud.changes).toEqual([
    "DELETE /servers/ID",
    "DELETE /primary_ips/ID",
    "DELETE /firewalls/ID",
    "POST /networks/ID/actions/delete_subnet",
    "DELETE /networks/ID",
    "DELETE /placement_groups/ID",
  ]);
});

test.each<[string, (stack: Awaited<ReturnType<StandIn["stack"]>>) => object, string, RegExp]>([
  [
    "in its network",
    ({ network }) => ({ networks: [network.id] }),
    "is in the network kluster-dev",
    /hcloud server detach-from-network --network kluster-dev db/,
  ],
  [
    "behind its firewall",
    ({ firewall }) => ({ firewalls: [{ firewall: firewall.id }] }),
    "is behind the firewall kluster-dev",
    /hcloud firewall remove-from-resource --type server --server db kluster-dev/,
  ],
  [
    "in its placement group",
    ({ group }) => ({ placement_group: group.id }),
    "is in the placement group kluster-dev",
    /hcloud server remove-from-placement-group db/,
  ],
])("somebody else's server %s is named first, not waited for, and keeps it", async (_, use, how, advice) => {
  const stack = await cloud.stack();
  const before = await cloud.stranger(use(stack));
  const { first, problem } = await swept();
  expect(first).toEqual([expect.stringContaining(`The server db (id ${before.id}) ${how}`)]);
  expect(problem).toContain(`- The server db (id ${before.id}) ${how}`);
  expect(problem).toMatch(advice);
  expect(problem).toMatch(/Deleted were: .*server kluster-dev-il/);
  const kept = ({ private_net, public_net, placement_group, status }: any) => ({
    ...{ private_net, public_net, group: placement_group?.id, status },
  });
  expect(kept(await cloud.project.server(before.id))).toEqual(kept(before));
  expect(left().filter((name) => name === "kluster-dev")).toHaveLength(1); // the rest costs nothing any more
  await cloud.project.run("DELETE", `/servers/${before.id}`);
  await cloud.project.api.idle();
  expect(await swept()).toMatchObject({ first: [], problem: "" });
  expect(left()).toEqual([]);
});

test("a label selector of somebody else's holds the firewall, and is named", async () => {
  const { firewall } = await cloud.stack();
  const apply_to = [{ type: "label_selector", label_selector: { selector: "role=db" } }];
  await cloud.project.run("POST", `/firewalls/${firewall.id}/actions/apply_to_resources`, { apply_to });
  const { first, problem } = await swept();
  expect(first).toEqual([expect.stringMatching(/^Whatever has the labels role=db is behind the firewall/)]);
  expect(problem).toContain("--label-selector 'role=db' kluster-dev");
});

test.each(["networks", "firewalls", "placement_groups"])(
  "who comes while the sweep is on its way keeps what it uses (%s), and is not waited for",
  async (kind) => {
    const stack = await cloud.stack();
    const { id } = await cloud.stranger({ start_after_create: false });
    const { api } = cloud.project;
    const answer = api.answer.bind(api);
    let came = false;
    api.answer = async (request) => {
      const isNow = request.method !== "GET" && request.path.startsWith(`/${kind}/`) && !came;
      if (isNow) {
        came = true;
        const by = (path: string, body: object) =>
          answer({ ...request, method: "POST", path, body: JSON.stringify(body) });
        if (kind === "networks")
          await by(`/servers/${id}/actions/attach_to_network`, { network: stack.network.id });
        if (kind === "firewalls")
          await by(`/firewalls/${stack.firewall.id}/actions/apply_to_resources`, {
            apply_to: [{ type: "server", server: { id } }],
          });
        if (kind === "placement_groups")
          await by(`/servers/${id}/actions/add_to_placement_group`, { placement_group: stack.group.id });
        await api.idle();
      }
      return answer(request);
    };
    const { first, problem } = await swept();
    expect(came).toBe(true);
    expect(first).toEqual([]);
    expect(problem).toMatch(/The server db \(id \d+\) is (in|behind) the .* kluster-dev/);
    const now = await cloud.project.server(id);
    const uses = [now.private_net, now.public_net.firewalls, now.placement_group ?? []].flat();
    expect(uses).toHaveLength(1);
  },
);

test("what has lost the label while the sweep is on its way is nobody's business any more", async () => {
  const { server } = await cloud.stack();
  const { api } = cloud.project;
  const answer = api.answer.bind(api);
  let taken = false;
  api.answer = async (request) => {
    if (!taken && request.path.startsWith("/certificates")) {
      taken = true;
      const body = JSON.stringify({ labels: {} });
      await answer({ ...request, method: "PUT", path: `/servers/${server.id}`, body });
    }
    return answer(request);
  };
  const { problem } = await swept();
  expect(problem).toContain(
    `The server kluster-dev-il (id ${server.id}) has lost the stack's label meanwhile`,
  );
  expect(await cloud.project.server(server.id)).toMatchObject({ id: server.id, status: "running" });
});
