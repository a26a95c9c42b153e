import * as grpc from "@grpc/grpc-js";
import { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Log, Severity } from "./engine";
import { unimplemented } from "./errors";
import { unary } from "./unary";
import { fromStruct, Properties, toStruct } from "./values";

/** A provider as the engine sees it. Errors may be of errors.ts; any other is gRPC's UNKNOWN. */
export interface ProviderPlugin {
  readonly name: string;
  readonly version: string;
  /** Answer of Handshake; a plugin without it does not implement that call. */
  readonly handshake?: {
    acceptSecrets: boolean;
    acceptResources: boolean;
    acceptOutputs: boolean;
    supportsAutonamingConfiguration: boolean;
  };
  /** Answer of Configure. */
  readonly configured: {
    acceptSecrets: boolean;
    supportsPreview: boolean;
    acceptResources: boolean;
    acceptOutputs: boolean;
    supportsAutonamingConfiguration: boolean;
  };
  checkConfig(config: { news: Properties; olds: Properties | undefined }): Promise<Checked>;
  /** A plugin without it does not implement that call. */
  diffConfig?(config: {
    olds: Properties;
    oldInputs: Properties;
    news: Properties;
    ignoreChanges: string[];
  }): Promise<DiffAnswer>;
  /** @param variables the same as `args` by `<plugin>:config:<key>`, values as text */
  configure(args: Properties, variables: Record<string, string>): Promise<void>;
  /** @throws what a call for a type fails with that the plugin does not have */
  resource(type: string): ResourceType;
}

/** One kind of resource. Timeouts are in seconds; undefined where the program sets none. */
export interface ResourceType {
  check(args: { news: Properties; olds: Properties | undefined }, context: Context): Promise<Checked>;
  diff(
    args: {
      id: string;
      olds: Properties;
      oldInputs: Properties;
      news: Properties;
      ignoreChanges: string[];
    },
    context: Context,
  ): Promise<DiffAnswer>;
  create(
    args: { inputs: Properties; preview: boolean; timeout?: number },
    context: Context,
  ): Promise<{ id: string; properties: Properties }>;
  /** undefined: it is gone. */
  read(
    args: { id: string; inputs: Properties; properties: Properties },
    context: Context,
  ): Promise<{ id: string; inputs: Properties; properties: Properties } | undefined>;
  update(
    args: {
      id: string;
      olds: Properties;
      oldInputs: Properties;
      news: Properties;
      ignoreChanges: string[];
      preview: boolean;
      timeout?: number;
    },
    context: Context,
  ): Promise<Properties>;
  delete(
    args: { id: string; oldInputs: Properties; properties: Properties; timeout?: number },
    context: Context,
  ): Promise<void>;
}

export interface Checked {
  inputs: Properties;
  failures?: { property: string; reason: string }[];
}

export type DiffKind = keyof typeof proto.PropertyDiff.Kind;

export interface DiffAnswer {
  changes: "DIFF_UNKNOWN" | "DIFF_NONE" | "DIFF_SOME";
  diffs?: string[];
  replaces?: string[];
  stables?: string[];
  deleteBeforeReplace?: boolean;
  /** By property path. Without it the answer says that it has no details. */
  detailedDiff?: Record<string, { kind: DiffKind; inputDiff?: boolean }>;
}

/** What a call knows of its resource, and how it reaches the user. */
export interface Context {
  readonly urn: string;
  /** The last part of the URN. */
  readonly name: string;
  /** Type token of the resource. */
  readonly type: string;
  /** For Check only: where names are derived from, the same at every preview and update of one creation. */
  readonly randomSeed: Uint8Array;
  /** Aborted when the engine cancels all that is under way, or is gone. */
  readonly signal: AbortSignal;
  log(severity: Severity, message: string, ephemeral?: boolean): void;
}

/** Pulumi's ResourceProvider service over a plugin: gRPC glue and nothing else. */
export function providerService(plugin: ProviderPlugin, log: Log): grpc.UntypedServiceImplementation {
  const cancelled = new AbortController();

  /** Older engines send only the URN. */
  const contextOf = (
    urn: string,
    givenUp: AbortSignal,
    randomSeed: Uint8Array = new Uint8Array(),
  ): Context => ({
    urn,
    name: urn.split("::").slice(3).join("::"),
    type: urn.split("::")[2].split("$").pop()!,
    randomSeed,
    signal: AbortSignal.any([cancelled.signal, givenUp]),
    log: (severity, message, ephemeral) => log(severity, urn, message, ephemeral),
  });
  const timeoutOf = (request: { getTimeout(): number }) => request.getTimeout() || undefined;

  const calls: Partial<IResourceProviderServer> = {
    handshake: unary(async () => {
      const { handshake } = plugin;
      if (!handshake) throw unimplemented("Handshake is not implemented");
      const response = new proto.ProviderHandshakeResponse();
      response.setAcceptSecrets(handshake.acceptSecrets);
      response.setAcceptResources(handshake.acceptResources);
      response.setAcceptOutputs(handshake.acceptOutputs);
      response.setSupportsAutonamingConfiguration(handshake.supportsAutonamingConfiguration);
      return response;
    }),
    checkConfig: unary(async (request: proto.CheckRequest) =>
      checkResponse(await plugin.checkConfig(checkArgs(request))),
    ),
    diffConfig: unary(async (request: proto.DiffRequest) => {
      if (!plugin.diffConfig) throw unimplemented("DiffConfig is not implemented");
      return diffResponse(await plugin.diffConfig(diffArgs(request)));
    }),
    configure: unary(async (request: proto.ConfigureRequest) => {
      const variables = Object.fromEntries(request.getVariablesMap().toObject());
      await plugin.configure(fromStruct(request.getArgs()), variables);
      const { configured } = plugin;
      const response = new proto.ConfigureResponse();
      response.setAcceptsecrets(configured.acceptSecrets);
      response.setSupportspreview(configured.supportsPreview);
      response.setAcceptresources(configured.acceptResources);
      response.setAcceptoutputs(configured.acceptOutputs);
      response.setSupportsAutonamingConfiguration(configured.supportsAutonamingConfiguration);
      return response;
    }),
    getPluginInfo: unary(async () => {
      const response = new PluginInfo();
      response.setVersion(plugin.version);
      return response;
    }),
    attach: unary(async () => new Empty()),
    cancel: unary(async () => {
      cancelled.abort();
      return new Empty();
    }),

    check: unary(async (request: proto.CheckRequest, givenUp) => {
      const context = contextOf(request.getUrn(), givenUp, request.getRandomseed_asU8());
      return checkResponse(await plugin.resource(context.type).check(checkArgs(request), context));
    }),
    diff: unary(async (request: proto.DiffRequest, givenUp) => {
      const context = contextOf(request.getUrn(), givenUp);
      const args = { id: request.getId(), ...diffArgs(request) };
      return diffResponse(await plugin.resource(context.type).diff(args, context));
    }),
    create: unary(async (request: proto.CreateRequest, givenUp) => {
      const context = contextOf(request.getUrn(), givenUp);
      const made = await plugin.resource(context.type).create(
        {
          inputs: fromStruct(request.getProperties()),
          preview: request.getPreview(),
          timeout: timeoutOf(request),
        },
        context,
      );
      const response = new proto.CreateResponse();
      response.setId(made.id);
      response.setProperties(toStruct(made.properties));
      return response;
    }),
    read: unary(async (request: proto.ReadRequest, givenUp) => {
      const context = contextOf(request.getUrn(), givenUp);
      const found = await plugin.resource(context.type).read(
        {
          id: request.getId(),
          inputs: fromStruct(request.getInputs()),
          properties: fromStruct(request.getProperties()),
        },
        context,
      );
      const response = new proto.ReadResponse();
      if (!found) return response; // an empty id means: it is gone
      response.setId(found.id);
      response.setInputs(toStruct(found.inputs));
      response.setProperties(toStruct(found.properties));
      return response;
    }),
    update: unary(async (request: proto.UpdateRequest, givenUp) => {
      const context = contextOf(request.getUrn(), givenUp);
      const properties = await plugin.resource(context.type).update(
        {
          id: request.getId(),
          olds: fromStruct(request.getOlds()),
          oldInputs: fromStruct(request.getOldInputs()),
          news: fromStruct(request.getNews()),
          ignoreChanges: request.getIgnorechangesList(),
          preview: request.getPreview(),
          timeout: timeoutOf(request),
        },
        context,
      );
      const response = new proto.UpdateResponse();
      response.setProperties(toStruct(properties));
      return response;
    }),
    delete: unary(async (request: proto.DeleteRequest, givenUp) => {
      const context = contextOf(request.getUrn(), givenUp);
      await plugin.resource(context.type).delete(
        {
          id: request.getId(),
          oldInputs: fromStruct(request.getOldInputs()),
          properties: fromStruct(request.getProperties()),
          timeout: timeoutOf(request),
        },
        context,
      );
      return new Empty();
    }),
  };
  return calls as grpc.UntypedServiceImplementation;
}

const checkArgs = (request: proto.CheckRequest) => ({
  news: fromStruct(request.getNews()),
  olds: request.hasOlds() ? fromStruct(request.getOlds()) : undefined,
});

function checkResponse({ inputs, failures = [] }: Checked): proto.CheckResponse {
  const response = new proto.CheckResponse();
  response.setInputs(toStruct(inputs));
  response.setFailuresList(
    failures.map(({ property, reason }) => {
      const failure = new proto.CheckFailure();
      failure.setProperty(property);
      failure.setReason(reason);
      return failure;
    }),
  );
  return response;
}

const diffArgs = (request: proto.DiffRequest) => ({
  olds: fromStruct(request.getOlds()),
  oldInputs: fromStruct(request.getOldInputs()),
  news: fromStruct(request.getNews()),
  ignoreChanges: request.getIgnorechangesList(),
});

function diffResponse(answer: DiffAnswer): proto.DiffResponse {
  const response = new proto.DiffResponse();
  response.setChanges(proto.DiffResponse.DiffChanges[answer.changes]);
  response.setDiffsList(answer.diffs ?? []);
  response.setReplacesList(answer.replaces ?? []);
  response.setStablesList(answer.stables ?? []);
  response.setDeletebeforereplace(answer.deleteBeforeReplace ?? false);
  response.setHasdetaileddiff(answer.detailedDiff !== undefined);
  for (const [path, { kind, inputDiff }] of Object.entries(answer.detailedDiff ?? {})) {
    const detail = new proto.PropertyDiff();
    detail.setKind(proto.PropertyDiff.Kind[kind]);
    detail.setInputdiff(inputDiff ?? false);
    response.getDetaileddiffMap().set(path, detail);
  }
  return response;
}
