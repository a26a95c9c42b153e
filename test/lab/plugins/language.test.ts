import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { LanguageRuntimeClient } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/language_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { checkoutFolder } from "../../../lab/machine/folders";
import { FakeEngine } from "./engine";
import { ask, bundled, Started, startPlugin } from "./plugin";
import { readRecording, replay, requestOf } from "./recording";

type Json = Record<string, any>;

const programs: Record<string, string> = {
  "says.js": `
    const pulumi = require("@pulumi/pulumi");
    new pulumi.ComponentResource("test:index:Thing", "thing", {});
    const names = ["PULUMI_CONFIG", "PULUMI_CONFIG_SECRET_KEYS", "PULUMI_NODEJS_TYPESCRIPT", "PULUMI_NODEJS_PROJECT",
      "PULUMI_NODEJS_STACK", "PULUMI_NODEJS_ORGANIZATION", "PULUMI_NODEJS_DRY_RUN", "PULUMI_NODEJS_PARALLEL"];
    console.log(JSON.stringify({
      cwd: process.cwd(), node: process.execArgv, preloaded: globalThis.preloaded, dryRun: pulumi.runtime.isDryRun(),
      value: new pulumi.Config("test").require("key"),
      env: Object.fromEntries(names.map((name) => [name, process.env[name]])),
    }));
    console.error("aside");`,
  "bails.js": `process.exit(32);`,
  "fails.js": `process.exit(5);`,
  "lasts.js": `console.log("begun"); setInterval(() => {}, 1000);`,
  "defies.js": `process.on("SIGINT", () => console.log("no")); console.log("begun"); setInterval(() => {}, 1000);`,
};

describe("the stand-in of the Node language host", () => {
  const folder = mkdtempSync(join(tmpdir(), "kluster-program-"));
  let bundle: string;
  let engine: FakeEngine;
  let host: Started;
  let client: LanguageRuntimeClient;

  beforeAll(async () => {
    bundle = bundled("language");
    symlinkSync(join(checkoutFolder(), "node_modules"), join(folder, "node_modules"));
    for (const [name, text] of Object.entries(programs)) writeFileSync(join(folder, name), text);
    mkdirSync(join(folder, "setup"));
    writeFileSync(join(folder, "setup", "preload.js"), `globalThis.preloaded = true;`);
    engine = await FakeEngine.start();
  });
  afterAll(() => {
    engine?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    engine.registered.length = 0;
    await start(["-root=/somewhere", engine.address]);
  });
  afterEach(async () => {
    client.close();
    await host.stop();
  });

  async function start(args: string[]) {
    const env = { PULUMI_NODEJS_TYPESCRIPT: undefined };
    host = await startPlugin([process.execPath, bundle, ...args], { cwd: folder, env });
    client = new LanguageRuntimeClient(host.address, grpc.credentials.createInsecure());
  }
  const runRequest = (entryPoint: string, more: Json, options: Json): Json => ({
    ...{ project: "test", stack: "dev", organization: "organization", pwd: folder, program: entryPoint },
    info: { rootDirectory: folder, programDirectory: folder, entryPoint, options },
    ...{ monitorAddress: engine.address, parallel: 8, config: { "test:key": "value" } },
    ...more,
  });
  async function run(entryPoint: string, more: Json = {}, options: Json = { typescript: false }) {
    const answer = await replay(client, { method: "Run", request: runRequest(entryPoint, more, options) });
    return answer.errors?.[0] ?? answer.response;
  }
  const said = (): Json => JSON.parse(host.stdout());
  async function begun() {
    while (!host.stdout().includes("begun")) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  test.each(readRecording("language").map((call) => [call.method, call] as const))(
    "answers %s as the official one did",
    async (_, call) => {
      if (call.method === "Run") return expect(await run("says.js", { dryRun: true })).toEqual(call.response);
      const { response } = await replay(client, call);
      if (call.method !== "About") return expect(response).toEqual(call.response);
      expect(response).toEqual({
        executable: process.execPath,
        version: process.version,
        metadata: { packagemanager: "npm", packagemanagerVersion: expect.stringMatching(/^\d+\.\d+\.\d+/) },
      });
    },
  );

  test("runs a program to its end, and passes on what it prints", async () => {
    expect(await run("says.js", { configSecretKeys: ["test:key"] })).toEqual({});
    expect(engine.registered).toEqual(["pulumi:pulumi:Stack test-dev", "test:index:Thing thing"]);
    expect(host.stderr()).toContain("aside\n");
    expect(said()).toEqual({
      cwd: folder,
      node: [],
      dryRun: false,
      value: "value",
      env: {
        PULUMI_CONFIG: '{"test:config:key":"value"}',
        PULUMI_CONFIG_SECRET_KEYS: '["test:key"]',
        PULUMI_NODEJS_PROJECT: "test",
        PULUMI_NODEJS_STACK: "dev",
        PULUMI_NODEJS_ORGANIZATION: "organization",
        PULUMI_NODEJS_PARALLEL: "8",
      },
    });
  });

  test("gives Node its arguments, their paths as seen from the project's folder", async () => {
    const nodeargs = "--require ./setup/preload.js --enable-source-maps";
    expect(await run("says.js", { dryRun: true }, { typescript: false, nodeargs })).toEqual({});
    expect(said()).toMatchObject({
      node: ["--require", "./setup/preload.js", "--enable-source-maps"],
      preloaded: true,
      dryRun: true,
    });
  });

  test("lets the SDK run TypeScript unless that is switched off", async () => {
    expect(await run("says.js", {}, {})).toEqual({});
    expect(said().env.PULUMI_NODEJS_TYPESCRIPT).toBe("true");
  });

  test("says no more about a program that has shown its error itself", async () =>
    expect(await run("bails.js")).toEqual({ bail: true }));

  test("tells the exit code of one that has not", async () =>
    expect(await run("fails.js")).toEqual({ error: "Program exited with non-zero exit code: 5" }));

  test("interrupts the program when Pulumi cancels", async () => {
    const answer = run("lasts.js");
    await begun();
    await ask(client, "cancel", new Empty());
    expect(await answer).toEqual({ error: "Program exited with non-zero exit code: -1" });
  });

  test("kills a program that does not heed the interruption", async () => {
    const answer = run("defies.js");
    await begun();
    const since = Date.now();
    await ask(client, "cancel", new Empty());
    expect(await answer).toEqual({ error: "Program exited with non-zero exit code: -1" });
    expect(Date.now() - since).toBeGreaterThan(4900);
    expect(host.stdout()).toContain("no\n");
  });

  test("interrupts the program when the call is given up", async () => {
    const request = requestOf("Run", runRequest("lasts.js", {}, { typescript: false })) as proto.RunRequest;
    const call = client.run(request, () => {});
    await begun();
    call.cancel();
    // Its output ends with the host and the program, and the host has nothing more to wait for.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    host.process.kill("SIGKILL");
    await host.ended;
  });

  test("tells a folder without the SDK, and options that it does not understand", async () => {
    const elsewhere = { programDirectory: tmpdir(), rootDirectory: tmpdir(), entryPoint: ".", options: {} };
    expect(await run("", { info: elsewhere })).toEqual({
      error: "It looks like the Pulumi SDK has not been installed. Have you run pulumi install?",
    });
    expect(await run("says.js", {}, { typescript: "no" })).toEqual({
      error: "typescript option must be a boolean",
    });
    expect(await run("says.js", {}, { nodeargs: "'" })).toEqual({
      error: "EOF found when expecting closing quote",
    });
    expect(await run("says.js", { attachDebugger: true })).toEqual({
      error: "the lab's stand-in cannot attach a debugger",
    });
  });

  test("names no plugins, asks nothing, and refuses what it lacks", async () => {
    const plugins = await ask<proto.GetRequiredPluginsResponse>(
      client,
      "getRequiredPlugins",
      new proto.GetRequiredPluginsRequest(),
    );
    expect(plugins.getPluginsList()).toEqual([]);
    const prompts = await ask<proto.RuntimeOptionsResponse>(
      client,
      "runtimeOptionsPrompts",
      new proto.RuntimeOptionsRequest(),
    );
    expect(prompts.getPromptsList()).toEqual([]);
    await expect(ask(client, "pack", new proto.PackRequest())).rejects.toMatchObject({
      code: grpc.status.UNIMPLEMENTED,
      details: "the lab's stand-in of Pulumi's Node language host lacks pack",
    });
    const stream = client.installDependencies(new proto.InstallDependenciesRequest());
    await expect(
      new Promise((resolve, reject) => stream.on("data", resolve).on("error", reject)),
    ).rejects.toMatchObject({ code: grpc.status.UNIMPLEMENTED });
  });

  test("knows its engine by Handshake, too", async () => {
    client.close();
    await host.stop();
    await start([]);
    expect(await run("says.js")).toContain("must call Handshake before Run");
    const request = new proto.LanguageHandshakeRequest();
    request.setEngineAddress(engine.address);
    await ask(client, "handshake", request);
    expect(await run("says.js")).toEqual({});
  });

  test("ends when the engine is gone, and the program with it", async () => {
    client.close();
    await host.stop();
    const another = await FakeEngine.start();
    await start([another.address]);
    const answer = run("lasts.js");
    await begun();
    another.stop();
    await host.ended; // its output is the program's, too
    expect(await answer).toContain("rpc error");
  });
});
