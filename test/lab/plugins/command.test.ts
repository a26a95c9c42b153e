import { ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { generateSshKeyPair } from "../../../provider/keys";
import { describeWithSshd, startSshd } from "../../provider/ssh/sshd";
import { describeCommandPlugins } from "./command-plugins";
import { FakeEngine } from "./engine";
import { ask, bundled, Started, startPlugin } from "./plugin";
import { replay } from "./recording";
import { SshHost, startSshHost } from "./ssh-host";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const local = "command:local:Command";
const remote = "command:remote:Command";
const urnOf = (type: string) => `urn:pulumi:test::test::kluster:index:Cluster$${type}::it`;

type Json = Record<string, any>;

/** A plugin and a host, and how the plugin is asked. */
class Desk {
  engine!: FakeEngine;
  host!: SshHost;
  plugin!: Started;
  client!: ResourceProviderClient;

  async start(command: string[], options: { acceptEnv?: string[]; env?: NodeJS.ProcessEnv } = {}) {
    [this.engine, this.host] = await Promise.all([FakeEngine.start(), startSshHost(options)]);
    const env = { SSH_AUTH_SOCK: "", ...options.env };
    this.plugin = await startPlugin([...command, this.engine.address], { env });
    this.client = new ResourceProviderClient(this.plugin.address, grpc.credentials.createInsecure(), {
      "grpc.max_receive_message_length": -1,
    });
  }
  async stop() {
    this.client?.close();
    await this.plugin?.stop();
    await this.host?.stop();
    this.engine?.stop();
  }
  connection(more: Json = {}): Json {
    return {
      host: "127.0.0.1",
      port: this.host.port,
      user: "root",
      privateKey: this.host.clientKey.privateKey,
      hostKey: this.host.hostKey.publicKey,
      dialErrorLimit: 0,
      perDialTimeout: 15,
      ...more,
    };
  }
  async ask(method: string, type: string, request: Json) {
    const { response, errors } = await replay(this.client, {
      method,
      request: { urn: urnOf(type), ...request },
    });
    return { ...response, error: errors?.[0] } as Json;
  }
  create(type: string, properties: Json, more: Json = {}) {
    return this.ask("Create", type, { properties, ...more });
  }
  /** What was shown, after a moment for it to arrive. */
  async shown(): Promise<string[]> {
    await new Promise((resolve) => setTimeout(resolve, 200));
    return this.engine.lines.map(({ message }) => message);
  }
}

describeCommandPlugins("runs commands on this machine", (command) => {
  const desk = new Desk();
  beforeAll(() => desk.start(command(), { env: { INHERITED: "yes" } }));
  afterAll(() => desk.stop());

  test("with the plugin's environment, the resource's, and standard input", async () => {
    const { properties } = await desk.create(local, {
      create: 'cat; echo "$INHERITED $GIVEN"',
      environment: { GIVEN: "too" },
      stdin: "in\n",
    });
    expect(properties).toMatchObject({ stdout: "in\nyes too", stderr: "" });
  });

  test("in a folder, by an interpreter", async () => {
    const { properties } = await desk.create(local, {
      create: 'pwd; echo "${BASH_VERSION:+bash}"',
      interpreter: ["/bin/bash", "-c"],
      dir: "/",
    });
    expect(properties.stdout).toBe("/\nbash");
  });

  test("and tells a folder that is not there, and an interpreter", async () => {
    expect((await desk.create(local, { create: "true", dir: "/nowhere" })).error).toContain(
      "chdir /nowhere: no such file or directory",
    );
    expect((await desk.create(local, { create: "true", interpreter: ["no-such"] })).error).toContain(
      'exec: "no-such": executable file not found in $PATH: running "true":\n',
    );
  });

  test("and hands on what an earlier run has printed, unless that is switched off", async () => {
    const update = (news: Json) =>
      desk.ask("Update", local, {
        id: "it",
        olds: { create: "x", stdout: "before", stderr: "" },
        oldInputs: { create: "x" },
        news: { create: 'echo "[$PULUMI_COMMAND_STDOUT]${PULUMI_COMMAND_STDERR-none}"', ...news },
      });
    expect((await update({})).properties.stdout).toBe("[before]none");
    expect((await update({ addPreviousOutputInEnv: false })).properties.stdout).toBe("[]none");
  });

  test("and kills one that takes too long", async () => {
    const { error } = await desk.create(local, { create: "echo begun; exec sleep 30" }, { timeout: 1 });
    expect(error).toBe(
      'rpc error: code = Unknown desc = signal: killed: running "echo begun; exec sleep 30":\nbegun\n',
    );
  });

  test("and shows their lines as they come, without keeping them", async () => {
    await desk.create(local, { create: "echo shown; echo wrong >&2" });
    await desk.create(local, { create: "echo hidden", logging: "none" });
    await desk.create(local, { create: "echo hidden; echo only >&2", logging: "stderr" });
    const lines = await desk.shown();
    expect(lines).toEqual(expect.arrayContaining(["shown", "wrong", "only"]));
    expect(lines).not.toContain("hidden");
    expect(desk.engine.lines.every(({ ephemeral, urn }) => ephemeral && urn === urnOf(local))).toBe(true);
  });

  test("and does nothing where there is no command", async () => {
    expect((await desk.create(local, { delete: "true" })).properties).toEqual({
      delete: "true",
      stdout: "",
      stderr: "",
    });
    expect(await desk.ask("Delete", local, { id: "it", properties: { create: "false" } })).toEqual({});
  });

  test("but none in a preview, in which the output is unknown", async () => {
    const file = join(tmpdir(), `kluster-preview-${process.pid}`);
    const inputs = { create: `touch ${file}; false` };
    const made = await desk.create(local, inputs, { preview: true });
    expect(made.properties).toEqual({ ...inputs, stdout: UNKNOWN, stderr: UNKNOWN });
    const updated = await desk.ask("Update", local, {
      ...{ id: "it", olds: { create: "true", stdout: "a", stderr: "" }, oldInputs: { create: "true" } },
      ...{ news: inputs, preview: true },
    });
    expect(updated.properties).toEqual({ ...inputs, stdout: UNKNOWN, stderr: UNKNOWN });
    expect(spawnSync("test", ["-e", file]).status).toBe(1);
  });
});

describeCommandPlugins("runs commands on other machines", (command) => {
  const desk = new Desk();
  beforeAll(() => desk.start(command(), { acceptEnv: ["GREETING", "PULUMI_COMMAND_STDOUT"] }));
  afterAll(() => desk.stop());

  test("with an environment that the host accepts", async () => {
    const { properties } = await desk.create(remote, {
      connection: desk.connection(),
      create: "echo [$GREETING]",
      environment: { GREETING: "hello" },
    });
    expect(properties.stdout).toBe("[hello]");
  });

  test("and only warns where the host does not take what an earlier run has printed", async () => {
    const { properties } = await desk.ask("Update", remote, {
      id: "it",
      olds: { connection: desk.connection(), create: "x", stdout: "out", stderr: "err" },
      oldInputs: { connection: desk.connection(), create: "x" },
      news: { connection: desk.connection(), create: "echo $PULUMI_COMMAND_STDOUT-$PULUMI_COMMAND_STDERR" },
    });
    expect(properties.stdout).toBe("out-");
    expect(await desk.shown()).toContainEqual(
      expect.stringMatching(/^Unable to set 'PULUMI_COMMAND_STDERR'\. This only works if [^]*AcceptEnv/),
    );
  });

  test("without a pinned host key any host will do", async () => {
    const { hostKey: _, ...connection } = desk.connection();
    expect((await desk.create(remote, { connection, create: "echo there" })).properties.stdout).toBe("there");
  });

  test("and passes on much output and input as it is", async () => {
    const stdin = "0123456789abcde\n".repeat(300_000);
    const create = (command: string) =>
      desk.create(remote, { connection: desk.connection(), create: command, logging: "none", stdin });
    expect((await create("cat")).properties.stdout === stdin.slice(0, -1)).toBe(true);
    expect((await create("cat >&2")).properties.stderr === stdin.slice(0, -1)).toBe(true);
  });

  test("and tells how a command was ended by a signal", async () => {
    const { error } = await desk.create(remote, { connection: desk.connection(), create: "kill -TERM $$" });
    expect(error).toContain('Process exited with status 143 from signal TERM: running "kill -TERM $$":\n');
  });

  test("and dials once more than it may fail", async () => {
    const before = desk.host.connections;
    const connection = desk.connection({
      dialErrorLimit: 2,
      privateKey: generateSshKeyPair("other").privateKey,
    });
    expect((await desk.create(remote, { connection, create: "true" })).error).toContain(
      "after 2 failed attempts: ",
    );
    expect(desk.host.connections - before).toBe(3);
    expect(await desk.shown()).toEqual(
      expect.arrayContaining(["Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"]),
    );
  });

  test("and waits for a host that comes up", async () => {
    const { port, hostKey, clientKey } = await startSshHost().then(async (host) => {
      await host.stop();
      return host;
    });
    const connection = desk.connection({
      ...{ port, hostKey: hostKey.publicKey, privateKey: clientKey.privateKey, dialErrorLimit: -1 },
    });
    const answer = desk.create(remote, { connection, create: "echo up" });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const host = await startSshHost({ port, hostKey, clientKey });
    expect((await answer).properties.stdout).toBe("up");
    await host.stop();
    expect(await desk.shown()).toContain("Dial 1/inf failed: retrying");
  });

  test("and tells who refuses, and whose name nobody knows", async () => {
    const gone = await startSshHost();
    await gone.stop();
    const refused = desk.connection({ port: gone.port });
    expect((await desk.create(remote, { connection: refused, create: "true" })).error).toBe(
      `rpc error: code = Unknown desc = after 0 failed attempts: dial tcp 127.0.0.1:${gone.port}: connect: connection refused`,
    );
    const unknown = desk.connection({ host: "no-such-host.invalid" });
    expect((await desk.create(remote, { connection: unknown, create: "true" })).error).toMatch(
      /after 0 failed attempts: dial tcp: lookup no-such-host\.invalid/,
    );
  });

  test("and ends its tries when the time is up", async () => {
    const gone = await startSshHost();
    await gone.stop();
    const connection = desk.connection({ port: gone.port, dialErrorLimit: -1 });
    const { error } = await desk.create(remote, { connection, create: "true" }, { timeout: 1 });
    expect(error).toBe("rpc error: code = DeadlineExceeded desc = context deadline exceeded");
  });

  test("and says which key it cannot read", async () => {
    const unreadable = desk.connection({ privateKey: "nonsense" });
    expect((await desk.create(remote, { connection: unreadable, create: "true" })).error).toBe(
      "rpc error: code = Unknown desc = ssh: no key found",
    );
  });

  test("and tells a host that is no SSH server", async () => {
    const rude: Server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => rude.listen(0, "127.0.0.1", resolve));
    const { port } = rude.address() as { port: number };
    expect(
      (await desk.create(remote, { connection: desk.connection({ port }), create: "true" })).error,
    ).toContain("after 0 failed attempts: ssh: handshake failed: EOF");
    rude.close();
  });
});

const sshAgent = spawnSync("ssh-agent", ["-h"]).error === undefined;

(sshAgent ? describe : describe.skip)("with an SSH agent", () => {
  describeCommandPlugins("logs in", (command) => {
    const desk = new Desk();
    const folder = join(tmpdir(), `kluster-agent-${process.pid}`);
    const socket = join(folder, "socket");
    let agent: ChildProcess;
    beforeAll(async () => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
      await desk.start(command());
    });
    afterAll(async () => {
      await desk.stop();
      agent.kill();
      rmSync(folder, { recursive: true, force: true });
    });
    const connectionBy = (more: Json): Json => ({ ...desk.connection(), privateKey: undefined, ...more });
    const create = (connection: Json) =>
      desk.create(remote, { connection: JSON.parse(JSON.stringify(connection)), create: "echo in" });

    test("with the keys that it holds", async () => {
      writeFileSync(join(folder, "key"), desk.host.clientKey.privateKey, { mode: 0o600 });
      const env = { ...process.env, SSH_AUTH_SOCK: socket };
      expect(spawnSync("ssh-add", ["-q", join(folder, "key")], { env }).status).toBe(0);
      expect((await create(connectionBy({ agentSocketPath: socket }))).properties.stdout).toBe("in");
    });

    test("but not with one that is dead, even where a key is given", async () => {
      const path = join(folder, "gone");
      expect((await create(desk.connection({ agentSocketPath: path }))).error).toBe(
        `rpc error: code = Unknown desc = dial unix ${path}: connect: no such file or directory`,
      );
    });

    test("and has nothing to log in with without one", async () => {
      expect((await create(connectionBy({}))).error).toContain(
        "ssh: unable to authenticate, attempted methods [none], no supported methods remain",
      );
    });
  });
});

describe("the stand-in of the command plugin alone", () => {
  const desk = new Desk();
  beforeAll(() => desk.start([process.execPath, bundled("command")]));
  afterAll(() => desk.stop());

  const failures = async (type: string, news: Json) =>
    Object.fromEntries(
      ((await desk.ask("Check", type, { olds: {}, news })).failures ?? []).map(
        ({ property, reason }: Json) => [property, reason],
      ),
    );
  const lacking = "the lab's stand-in of the command plugin does not have this";

  test("refuses inputs that only the official one has", async () => {
    expect(await failures(local, { create: "true", assetPaths: ["*"], archivePaths: ["*"] })).toEqual({
      assetPaths: lacking,
      archivePaths: lacking,
    });
    const connection = { host: "h", password: "p", proxy: { host: "b" }, privateKeyPassword: "p" };
    expect(await failures(remote, { connection, create: "true" })).toEqual({
      "connection.password": lacking,
      "connection.proxy": lacking,
      "connection.privateKeyPassword": lacking,
    });
  });

  test("refuses inputs that nobody has, and values of the wrong kind", async () => {
    expect(
      await failures(local, {
        create: 1,
        environment: { A: 1 },
        logging: "all",
        interpreter: "sh",
        color: "red",
      }),
    ).toEqual({
      create: "should be text",
      environment: "should be texts by name",
      logging: "is none of stdout, stderr, stdoutAndStderr, none",
      interpreter: "should be a list of texts",
      color: "there is no such input",
    });
    expect(await failures(remote, { create: "true" })).toEqual({ connection: "is missing" });
    expect(await failures(remote, { create: "true", connection: {} })).toEqual({
      "connection.host": "is missing",
    });
  });

  test("takes what is not known yet", async () => {
    const connection = { host: UNKNOWN, hostKey: UNKNOWN, privateKey: UNKNOWN };
    expect(await failures(remote, { connection, create: UNKNOWN, logging: UNKNOWN })).toEqual({});
    expect(await failures(remote, { connection: UNKNOWN, create: "true" })).toEqual({});
  });

  test("refuses resources that only the official one has", async () => {
    const refusal = (type: string) =>
      `rpc error: code = Unknown desc = the lab's stand-in of the command plugin does not have ${type}`;
    for (const type of ["command:remote:CopyToRemote", "command:remote:CopyFile"])
      expect((await desk.ask("Check", type, { olds: {}, news: {} })).error).toBe(refusal(type));
  });

  test("fails on a line that the official one would hang on", async () => {
    const { error } = await desk.create(local, { create: "head -c 70000 /dev/zero | tr '\\0' x; sleep 30" });
    expect(error).toContain("a line of 64 KiB or more, on which the official plugin would hang");
  });

  test("gives up when Pulumi cancels, and does nothing more after that", async () => {
    const gone = await startSshHost();
    await gone.stop();
    const connection = desk.connection({ port: gone.port, dialErrorLimit: -1 });
    const dialling = desk.create(remote, { connection, create: "true" });
    const running = desk.create(local, { create: "exec sleep 30" });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await ask(desk.client, "cancel", new Empty());
    expect((await dialling).error).toBe("rpc error: code = Canceled desc = context canceled");
    expect((await running).error).toContain('signal: killed: running "exec sleep 30"');
    expect((await desk.create(local, { create: "true" })).error).toContain("context canceled");
  });

  test("ends when the engine is gone, and what it runs with it", async () => {
    const engine = await FakeEngine.start();
    const plugin = await startPlugin([process.execPath, bundled("command"), engine.address]);
    const client = new ResourceProviderClient(plugin.address, grpc.credentials.createInsecure());
    const file = join(tmpdir(), `kluster-survivor-${process.pid}`);
    const request = { urn: urnOf(local), properties: { create: `sleep 8; touch ${file}` } };
    const answer = replay(client, { method: "Create", request });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    engine.stop();
    await plugin.ended;
    client.close();
    await answer;
    await new Promise((resolve) => setTimeout(resolve, 8000));
    expect(spawnSync("test", ["-e", file]).status).toBe(1);
  });
});

describeWithSshd("the stand-in of the command plugin with OpenSSH's server", () => {
  test("hears that an environment is refused, and runs the rest", async () => {
    const desk = new Desk();
    await desk.start([process.execPath, bundled("command")]);
    const { login, stop } = await startSshd();
    const { address: host, port, user, hostKey, privateKey } = login;
    const connection = desk.connection({ host, port, user, hostKey, privateKey });
    const create = (more: Json) =>
      desk.create(remote, { connection, create: "cat; exit 3", stdin: "in\n", ...more });
    expect((await create({ environment: { GREETING: "hello" } })).error).toBe(
      'rpc error: code = Unknown desc = could not set environment variable "GREETING": ssh: setenv failed',
    );
    expect((await create({})).error).toContain('Process exited with status 3: running "cat; exit 3":\nin\n');
    await stop();
    await desk.stop();
  });
});
