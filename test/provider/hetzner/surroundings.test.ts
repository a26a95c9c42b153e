import { judge, Site, Surroundings } from "../../../provider/hetzner/surroundings";
import { OURS, STACK } from "./on-stand-in";

const names = {
  ...{ ssh_keys: ["kluster-dev"], networks: ["kluster-dev"], firewalls: ["kluster-dev"] },
  ...{ placement_groups: ["kluster-dev-spread-1"], servers: ["kluster-dev-il", "kluster-dev-ee"] },
};
const standing: Site = { stackIdentity: STACK, names, isNew: false };
const fresh: Site = { names, isNew: true };
const THEIRS = { "kluster-stack": "fedcba9876543210" };

/** A project that has these, and nothing else. */
function project(objects: Partial<Record<keyof Surroundings, object[]>>): Surroundings {
  const all: Record<string, object[]> = {
    ...{ ssh_keys: [], networks: [], firewalls: [], placement_groups: [], servers: [], primary_ips: [] },
    ...objects,
  };
  let id = 1;
  const complete = (object: object) => ({ id: id++, name: "kluster-dev", labels: {}, ...object });
  return Object.fromEntries(
    Object.entries(all).map(([kind, list]) => [kind, list.map(complete)]),
  ) as unknown as Surroundings;
}

describe("a stack that is not made yet", () => {
  test("is refused with everything that has a name of its own, all at once", () => {
    const { refused, warnings } = judge(
      fresh,
      project({
        ssh_keys: [{}],
        networks: [{ labels: THEIRS }, { name: "kluster-dev-old" }],
        placement_groups: [{ name: "kluster-dev-spread-1" }],
        servers: [{ name: "kluster-dev-ee" }, { name: "kluster-dev" }],
        primary_ips: [{ name: "kluster-dev-il-ipv4-fsn1" }, { name: "kluster-dev-illy-ipv4-fsn1" }],
      }),
    );
    expect(warnings).toEqual([]);
    expect(refused.map((text) => /^(.*) exists in this Hetzner project/.exec(text)![1])).toEqual([
      "The SSH key kluster-dev",
      "The network kluster-dev",
      "The placement group kluster-dev-spread-1",
      "The server kluster-dev-ee",
      "The primary IP kluster-dev-il-ipv4-fsn1",
    ]);
    expect(refused[1]).toContain("another stack (kluster-stack=fedcba9876543210)");
  });

  test("is not refused for what a killed run of its own has left", () => {
    const found = project({ ssh_keys: [{ labels: OURS }], networks: [{ labels: OURS }] });
    expect(judge({ ...fresh, stackIdentity: STACK }, found)).toEqual({ refused: [], warnings: [] });
  });
});

describe("a stack that stands", () => {
  const il = { id: 1, name: "kluster-dev-il", labels: OURS, status: "running" };
  const ee = { id: 2, name: "kluster-dev-ee", labels: {}, status: "running" }; // has lost its label
  const db = { id: 3, name: "db", status: "running" };
  const servers = [il, ee, db];

  test("has nothing to say of its own, nor of others who keep to themselves", () => {
    const found = project({
      servers,
      networks: [
        { labels: OURS, servers: [1, 2] },
        { name: "theirs", servers: [3] },
      ],
      firewalls: [{ labels: OURS, applied_to: [{ type: "server", server: { id: 1 } }] }],
      placement_groups: [{ name: "kluster-dev-spread-1", labels: OURS, servers: [1, 2] }],
      primary_ips: [{ name: "kluster-dev-ee-ipv4-fsn1", labels: OURS, assignee_id: 2 }],
      ssh_keys: [{ labels: OURS }],
    });
    expect(judge(standing, found)).toEqual({ refused: [], warnings: [] });
  });

  test("names everybody who is in what is its own", () => {
    const found = project({
      servers,
      networks: [{ labels: OURS, servers: [1, 3], load_balancers: [9] }],
      load_balancers: [{ id: 9, name: "ingress" }],
      firewalls: [
        {
          labels: OURS,
          applied_to: [
            { type: "server", server: { id: 3 } },
            { type: "label_selector", label_selector: { selector: "role=db" } },
          ],
        },
      ],
      placement_groups: [{ name: "kluster-dev-spread-1", labels: OURS, servers: [3] }],
      primary_ips: [{ name: "kluster-dev-il-ipv4-fsn1", labels: OURS, assignee_id: 3 }],
    });
    const { refused, warnings } = judge(standing, found);
    expect(refused).toEqual([]);
    expect(warnings.map((text) => /^(.*), and does not carry the stack's label/.exec(text)![1])).toEqual([
      "The server db (id 3) has the primary IP kluster-dev-il-ipv4-fsn1",
      "The server db (id 3) is behind the firewall kluster-dev",
      "Whatever has the labels role=db is behind the firewall kluster-dev",
      "The server db (id 3) is in the network kluster-dev",
      "The load balancer ingress (id 9) is in the network kluster-dev",
      "The server db (id 3) is in the placement group kluster-dev-spread-1",
    ]);
  });

  test("warns of what has its name and not its label, but of servers, which have more signs", () => {
    const { refused, warnings } = judge(
      standing,
      project({ servers, firewalls: [{ labels: THEIRS }], networks: [{}] }),
    );
    expect(refused).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^The name of the network kluster-dev \(id \d+\) is this stack's, and its label is missing/,
      ),
      expect.stringMatching(
        /firewall kluster-dev .* its label is another's \(kluster-stack=fedcba9876543210\)/,
      ),
    ]);
  });
});
