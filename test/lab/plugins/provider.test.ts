import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { InitFailed, PluginError } from "../../../lab/plugins/errors";
import { Context, ProviderPlugin, providerService, ResourceType } from "../../../lab/plugins/provider";
import { hasUnknown, reveal, secret, UNKNOWN } from "../../../lab/plugins/values";
import { ask } from "./plugin";
import { replay } from "./recording";

const urn = "urn:pulumi:test::test::kluster:index:Cluster$test:index:Thing::a::b";

describe("a provider over gRPC", () => {
  let server: grpc.Server;
  let client: ResourceProviderClient;
  const type: jest.Mocked<ResourceType> = {
    ...{ check: jest.fn(), diff: jest.fn(), create: jest.fn() },
    ...{ read: jest.fn(), update: jest.fn(), delete: jest.fn() },
  };
  const answer = {
    ...{ acceptSecrets: true, acceptResources: false, acceptOutputs: false },
    supportsAutonamingConfiguration: true,
  };
  const plugin: ProviderPlugin = {
    name: "test",
    version: "1.2.3",
    configured: { ...answer, supportsPreview: true },
    checkConfig: async ({ news }) => ({ inputs: news }),
    configure: jest.fn(),
    resource: () => type,
  };
  const shown: unknown[][] = [];

  beforeAll(async () => {
    server = new grpc.Server();
    server.addService(
      ResourceProviderService,
      providerService(plugin, (...line) => shown.push(line)),
    );
    const port = await new Promise<number>((resolve) =>
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (_, bound) => resolve(bound)),
    );
    client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  });
  afterAll(() => {
    client.close();
    server.forceShutdown();
  });
  const call = (method: string, request: object) => replay(client, { method, request });

  test("tells its version and what it accepts, and lacks what the plugin lacks", async () => {
    expect(await call("GetPluginInfo", {})).toEqual({ response: { version: "1.2.3" } });
    expect(await call("Configure", { args: { a: "b" }, variables: { "test:config:a": "b" } })).toEqual({
      response: { acceptSecrets: true, supportsPreview: true },
    });
    expect(plugin.configure).toHaveBeenCalledWith({ a: "b" }, { "test:config:a": "b" });
    await expect(ask(client, "handshake", new proto.ProviderHandshakeRequest())).rejects.toMatchObject({
      code: grpc.status.UNIMPLEMENTED,
    });
  });

  test("hands on requests and answers with secrets and unknown values as they are", async () => {
    const inputs = { a: secret({ b: [1, null, UNKNOWN] }), c: {} };
    type.create.mockImplementation(async (args, context) => {
      expect(args).toEqual({ inputs, preview: true, timeout: 7 });
      expect(context).toMatchObject({ urn, name: "a::b", type: "test:index:Thing" });
      context.log("warning", "hm");
      return { id: "id", properties: { ...args.inputs, gone: undefined } };
    });
    expect(await call("Create", { urn, properties: inputs, preview: true, timeout: 7 })).toEqual({
      response: { id: "id", properties: inputs },
    });
    expect(shown).toEqual([["warning", urn, "hm", undefined]]);
  });

  test("tells failures of Check, details of Diff, and that a resource is gone", async () => {
    const failures = [{ property: "a", reason: "is bad" }];
    type.check.mockResolvedValue({ inputs: { a: 1 }, failures });
    expect(await call("Check", { urn, news: { a: 1 } })).toEqual({
      response: { inputs: { a: 1 }, failures },
    });
    expect(type.check.mock.calls[0][0]).toEqual({ news: { a: 1 }, olds: undefined });
    type.diff.mockResolvedValue({
      changes: "DIFF_SOME",
      ...{ diffs: ["a"], replaces: ["a"], stables: ["b"], deleteBeforeReplace: true },
      detailedDiff: { "a[0]": { kind: "ADD_REPLACE", inputDiff: true } },
    });
    expect(await call("Diff", { urn, olds: {}, news: {} })).toEqual({
      response: {
        ...{ changes: "DIFF_SOME", diffs: ["a"], replaces: ["a"], stables: ["b"], deleteBeforeReplace: true },
        ...{ hasDetailedDiff: true, detailedDiff: { "a[0]": { kind: "ADD_REPLACE", inputDiff: true } } },
      },
    });
    type.read.mockResolvedValue(undefined);
    expect(await call("Read", { urn, id: "x" })).toEqual({ response: {} });
  });

  test("tells what was half made", async () => {
    const state = { id: "id", properties: { a: secret("b") }, inputs: { c: 1 }, reasons: ["why", "and why"] };
    type.create.mockRejectedValue(new InitFailed("it failed", state));
    const error = (await ask(client, "create", request()).catch((error) => error)) as grpc.ServiceError;
    expect(error).toMatchObject({ code: grpc.status.UNKNOWN, details: "it failed" });
    const status = Status.deserializeBinary(error.metadata.get("grpc-status-details-bin")[0] as Buffer);
    expect(status.getMessage()).toBe("it failed");
    const [packed] = status.getDetailsList();
    expect(packed.getTypeName()).toBe("pulumirpc.ErrorResourceInitFailed");
    const detail = proto.ErrorResourceInitFailed.deserializeBinary(packed.getValue_asU8());
    expect(detail.getId()).toBe("id");
    expect(detail.getProperties()!.toJavaScript()).toEqual(state.properties);
    expect(detail.getInputs()!.toJavaScript()).toEqual(state.inputs);
    expect(detail.getReasonsList()).toEqual(state.reasons);
  });

  test("tells errors by their status", async () => {
    type.create.mockRejectedValue(new PluginError("too late", grpc.status.DEADLINE_EXCEEDED));
    expect(await call("Create", { urn })).toEqual({
      errors: ["rpc error: code = DeadlineExceeded desc = too late"],
    });
    type.create.mockRejectedValue(new Error("just so"));
    expect(await call("Create", { urn })).toEqual({ errors: ["rpc error: code = Unknown desc = just so"] });
  });

  test("tells a call that it was given up", async () => {
    const given = new Promise<Context>((resolve) =>
      type.create.mockImplementation((_, context) => {
        resolve(context);
        return new Promise(() => {});
      }),
    );
    const pending = client.create(request(), () => {});
    const { signal } = await given;
    expect(signal.aborted).toBe(false);
    pending.cancel();
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  });

  function request(): proto.CreateRequest {
    const request = new proto.CreateRequest();
    request.setUrn(urn);
    return request;
  }
});

test("secrets are wrapped once, and found at any depth", () => {
  expect(secret(secret("a"))).toEqual(secret("a"));
  expect(reveal({ a: [secret({ b: secret("c") })] })).toEqual({ a: [{ b: "c" }] });
  expect(hasUnknown(secret([{ a: UNKNOWN }]))).toBe(true);
  expect(hasUnknown({ a: null, b: "c" })).toBe(false);
});
