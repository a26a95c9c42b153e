import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import type { Server } from "node:http";
import { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { httpServer } from "../../../lab/hetzner/http";
import { run } from "../../../provider/process";
import { Project, PUBLIC_KEY, TOKEN } from "./project";

const root = join(__dirname, "..", "..", "..");
const toolchain = findToolchain();
const real = toolchain ? test : test.skip;
const missing = toolchain
  ? ""
  : " (skipped: setup/toolchain names no folder with pulumi and its hcloud plugin)";

function findToolchain(): string | undefined {
  try {
    const folder = execFileSync(join(root, "setup", "toolchain"), { encoding: "utf8", stdio: "pipe" }).trim();
    const needed = ["bin/pulumi", "bin/pulumi-language-nodejs", "plugins/resource-hcloud-v1.41.0"];
    return needed.every((file) => existsSync(join(folder, file))) ? folder : undefined;
  } catch {
    return undefined; // not set up, which the skipped test says
  }
}

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

/** A stack with the objects of a cluster, the real plugin, and the stand-in's API behind it. */
class Stack {
  readonly project = new Project({ pace: 0.1, now: () => new Date() });
  private readonly folder = mkdtempSync(join(tmpdir(), "hetzner-plugin-"));
  private readonly server: Server = httpServer(this.project.api);

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    cpSync(join(__dirname, "program"), this.folder, { recursive: true });
    symlinkSync(join(root, "node_modules"), join(this.folder, "node_modules"));
    mkdirSync(join(this.folder, "home"));
    mkdirSync(join(this.folder, "state"));
    symlinkSync(join(toolchain!, "plugins"), join(this.folder, "home", "plugins"));
    const endpoint = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
    await this.must(cluster, "stack", "init", "test");
    await this.must(cluster, "config", "set", "hcloud:endpoint", endpoint);
    await this.must(cluster, "config", "set", "--secret", "hcloud:token", TOKEN);
  }

  async close(): Promise<void> {
    await this.project.api.idle();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true });
    this.project.close();
  }

  pulumi(wanted: Cluster, ...args: string[]) {
    return run(join(toolchain!, "bin", "pulumi"), [...args, "--non-interactive"], {
      cwd: this.folder,
      timeout: 120_000,
      env: {
        CLUSTER: JSON.stringify(wanted),
        PATH: `${join(toolchain!, "bin")}:${process.env.PATH}`,
        PULUMI_HOME: join(this.folder, "home"),
        PULUMI_BACKEND_URL: `file://${join(this.folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      },
    });
  }

  async must(wanted: Cluster, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.pulumi(wanted, ...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")}: exit ${code}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** Brings the objects to what is wanted; afterwards neither the program nor the API knows of a difference. */
  async up(wanted: Cluster): Promise<string> {
    this.project.api.log.clear();
    const said = await this.must(wanted, "up", "--yes", "--skip-preview");
    const log = this.project.api.log.summary();
    await this.must(wanted, "refresh", "--yes", "--skip-preview", "--expect-no-changes");
    await this.must(wanted, "preview", "--expect-no-changes");
    this.lastUp = log;
    return said;
  }

  lastUp = this.project.api.log.summary();

  changes(): string[] {
    return this.lastUp.requests
      .filter(({ method }) => method !== "GET")
      .map(({ method, path }) => `${method} ${path}`);
  }
}

const change = (edit: (copy: Cluster) => void, from = cluster): Cluster => {
  const copy = structuredClone(from);
  edit(copy);
  return copy;
};

real(
  `the real plugin makes, keeps, changes and destroys a cluster's objects${missing}`,
  async () => {
    const stack = new Stack();
    await stack.open();
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
    expect(refused.stdout).toContain("(resource_unavailable)");
    await stack.up(other);

    const protectedStill = await stack.pulumi(other, "destroy", "--yes", "--skip-preview");
    expect(protectedStill.stdout).toContain("server is protected from deletion (protected)");
    const open = change((copy) => (copy.hosts.il.protect = false), other);
    await stack.up(open);
    await stack.must(open, "destroy", "--yes", "--skip-preview");
    const { nextId, actions, stock, ...left } = api.cloud.state;
    expect(Object.values(left).flat()).toEqual([]);
    await stack.close();
  },
  300_000,
);
