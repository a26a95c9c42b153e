import { PUBLIC_KEY } from "./project";
import { missing, real, Stack } from "./stack";

interface Host {
  ip: string;
  type: string;
  location: string;
  protect: boolean;
}

interface Cluster {
  publicKey: string;
  ports: string[];
  labels: Record<string, string>;
  hosts: Record<string, Host>;
}

const cluster: Cluster = {
  publicKey: PUBLIC_KEY,
  ports: ["22", "6443", "51820"],
  labels: {},
  hosts: {
    il: { ip: "10.64.0.11", type: "cpx22", location: "fsn1", protect: true },
    ee: { ip: "10.64.0.12", type: "cpx12", location: "nbg1", protect: false },
    sam: { ip: "10.64.0.13", type: "cpx12", location: "fsn1", protect: false },
  },
};

const change = (edit: (copy: Cluster) => void, from = cluster): Cluster => {
  const copy = structuredClone(from);
  edit(copy);
  return copy;
};

real(
  `the real plugin makes, keeps, changes and destroys a cluster's objects${missing}`,
  async () => {
    const stack = new Stack<Cluster>("program");
    await stack.open(cluster);
    // What the plugin has to bear: a network that is being changed, a server that is busy, a limit that is reached.
    stack.project.api.faults.write({
      requests: [
        { method: "POST", path: "attach_to_network", times: 1, error: "conflict" },
        { method: "POST", path: "attach_to_network", times: 1, error: "locked" },
        { method: "GET", path: "/server_types", times: 1, error: "rate_limit_exceeded", reset: 1 },
      ],
    });
    await stack.up(cluster);
    const { api } = stack.project;
    const { servers } = api.cloud.state;
    expect(servers.map(({ status, privateNets: [nic] }) => [status, nic.ip]).sort()).toEqual([
      ["running", "10.64.0.11"],
      ["running", "10.64.0.12"],
      ["running", "10.64.0.13"],
    ]);
    expect(api.cloud.state.primaryIps.map(({ assignee }) => assignee)).not.toContain(null);
    expect(stack.lastUp.withoutPolls).toBeLessThanOrEqual(55); // 48, and what the faults cost
    expect(api.faults.read().requests!.map(({ times }) => times)).toEqual([0, 0, 0]);

    const labelled = change((copy) => (copy.labels.colour = "blue"));
    await stack.up(labelled);
    expect(stack.changes()).toHaveLength(13);
    expect(stack.changes().every((one) => one.startsWith("PUT "))).toBe(true);

    const narrowed = change((copy) => copy.ports.pop(), labelled);
    await stack.up(narrowed);
    expect(stack.changes()).toEqual([expect.stringMatching(/^POST \/firewalls\/\d+\/actions\/set_rules$/)]);

    const id = servers.find(({ name }) => name === "kluster-test-ee")!.id;
    const rescaled = change((copy) => (copy.hosts.ee.type = "cpx22"), narrowed);
    await stack.up(rescaled);
    expect(stack.changes()).toEqual([
      `POST /servers/${id}/actions/poweroff`,
      `POST /servers/${id}/actions/change_type`,
    ]);
    expect(await stack.project.server(id)).toMatchObject({
      status: "running",
      server_type: { name: "cpx22" },
    });

    const other = change((copy) => {
      delete copy.hosts.sam;
      copy.hosts.uno = { ip: "10.64.0.14", type: "cpx12", location: "hel1", protect: false };
    }, rescaled);
    await stack.up(other);
    expect(api.cloud.state.servers.map(({ name }) => name).sort()).toEqual(
      ["ee", "il", "uno"].map((name) => `kluster-test-${name}`),
    );

    const soldOut = change((copy) => {
      copy.hosts.dos = { ip: "10.64.0.15", type: "cx23", location: "hel1", protect: false };
    }, other);
    const refused = await stack.pulumi(soldOut, "up", "--yes", "--skip-preview");
    expect(refused.code).not.toBe(0);
    expect(refused.stdout).toContain("(resource_unavailable");
    await stack.up(other);

    const protectedStill = await stack.pulumi(other, "destroy", "--yes", "--skip-preview");
    expect(protectedStill.stdout).toContain("server is protected from deletion (protected");
    const open = change((copy) => (copy.hosts.il.protect = false), other);
    await stack.up(open);
    await stack.must(open, "destroy", "--yes", "--skip-preview");
    const { nextId, actions, stock, catalogue, readOnly, ...left } = api.cloud.state;
    expect(Object.values(left).flat()).toEqual([]);
    await stack.close();
  },
  900_000,
);
