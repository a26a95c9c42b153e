import * as grpc from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Engine } from "./engine";
import { printable } from "./printable";
import { Context, PartiallyCreated, Resource, Unproved } from "./resource";
import { timed } from "./timings";
import { Change, changedPaths, changedProperties, fromStruct, Properties, toStruct, UNKNOWN } from "./values";

/** Pulumi's ResourceProvider service over our resources: gRPC glue and nothing else. */
export function service(
  resources: readonly Resource[],
  engine: Engine,
  version: string,
): Partial<IResourceProviderServer> {
  const byType = new Map(resources.map((resource) => [resource.type, resource]));
  const cancelled = new AbortController();

  function resourceOf(urn: string): Resource {
    const type = urn.split("::")[2].split("$").pop()!;
    const resource = byType.get(type);
    if (!resource) throw new Error(`${type} is no resource of this provider`);
    return resource;
  }

  function contextOf(urn: string): Context {
    const name = urn.split("::").pop()!;
    return {
      signal: cancelled.signal,
      status: (message) => engine.log("info", urn, message, true),
      info: (message) => engine.log("info", urn, message),
      warn: (message) => engine.log("warning", urn, message),
      phase: (phase, work) => {
        engine.log("info", urn, phase, true);
        return timed(name, phase, work);
      },
    };
  }

  return {
    handshake: unary(async () => {
      const response = new proto.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      response.setAcceptResources(false);
      response.setAcceptOutputs(false);
      return response;
    }),
    checkConfig: unary(async (request: proto.CheckRequest) => {
      const response = new proto.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: unary(async () => new proto.DiffResponse()),
    configure: unary(async () => {
      const response = new proto.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      return response;
    }),
    getPluginInfo: unary(async () => {
      const response = new plugin.PluginInfo();
      response.setVersion(version);
      return response;
    }),
    getSchema: unary(async () => {
      const response = new proto.GetSchemaResponse();
      response.setSchema("{}");
      return response;
    }),
    cancel: unary(async () => {
      cancelled.abort();
      return new Empty();
    }),

    check: unary(async (request: proto.CheckRequest) => {
      const resource = resourceOf(request.getUrn());
      const news = fromStruct(request.getNews());
      // Pulumi says of what is not there yet that its inputs were none.
      const olds = fromStruct(request.getOlds());
      const before = Object.keys(olds).length > 0 ? olds : undefined;
      const checked = (await resource.check?.(news, contextOf(request.getUrn()), before)) ?? { inputs: news };
      const response = new proto.CheckResponse();
      response.setInputs(toStruct(checked.inputs, resource.secrets));
      response.setFailuresList(
        (checked.failures ?? []).map(({ property, reason }) => {
          const failure = new proto.CheckFailure();
          failure.setProperty(property);
          failure.setReason(printable(reason));
          return failure;
        }),
      );
      return response;
    }),

    diff: unary(async (request: proto.DiffRequest) => {
      const resource = resourceOf(request.getUrn());
      const inputs = fromStruct(request.getNews());
      const outputs = fromStruct(request.getOlds());
      const before = fromStruct(request.getOldInputs());
      const unwanted = [...(resource.ignore ?? []), ...request.getIgnorechangesList()];
      const changed = changedProperties(before, inputs).filter((name) => !unwanted.includes(name));
      const stale = [
        ...(resource.differs?.(outputs, inputs) ?? []),
        ...(UNPROVED in outputs ? [UNPROVED] : []),
      ];
      const outdated = stale.filter((name) => !changed.includes(name));
      return diffResponse(resource, before, inputs, changed, outdated);
    }),

    create: unary(async (request: proto.CreateRequest) => {
      const resource = resourceOf(request.getUrn());
      const inputs = fromStruct(request.getProperties());
      const response = new proto.CreateResponse();
      if (request.getPreview()) {
        const unknown = Object.fromEntries(resource.outputs.map((name) => [name, UNKNOWN]));
        response.setProperties(toStruct({ ...unknown, ...inputs }, resource.secrets));
        return response;
      }
      const made = await resource.create(inputs, contextOf(request.getUrn())).catch((error) => {
        throw error instanceof PartiallyCreated ? new InitFailed(error, inputs, resource.secrets) : error;
      });
      response.setId(made.id);
      response.setProperties(toStruct({ ...inputs, ...made.outputs }, resource.secrets));
      return response;
    }),

    read: unary(async (request: proto.ReadRequest) => {
      const resource = resourceOf(request.getUrn());
      const id = request.getId();
      const known = { outputs: fromStruct(request.getProperties()), inputs: fromStruct(request.getInputs()) };
      const read = async () =>
        resource.read ? resource.read(id, known, contextOf(request.getUrn())) : known;
      const found = await read().catch((error) => {
        throw error instanceof Unproved ? unproved(id, known, error, resource.secrets) : error;
      });
      const response = new proto.ReadResponse();
      if (!found) return response; // an empty id means: it is gone
      // Pulumi takes a resource that was read for whole; that a change of it was begun must outlast a refresh.
      const begun = known.outputs[UNPROVED] as string | undefined;
      if (begun !== undefined) throw unproved(id, found, new Error(begun), resource.secrets);
      response.setId(id);
      response.setInputs(toStruct(found.inputs, resource.secrets));
      response.setProperties(toStruct(found.outputs, resource.secrets));
      return response;
    }),

    update: unary(async (request: proto.UpdateRequest) => {
      const resource = resourceOf(request.getUrn());
      const inputs = fromStruct(request.getNews());
      const { [UNPROVED]: begun, ...outputs } = fromStruct(request.getOlds());
      const before = fromStruct(request.getOldInputs());
      const update = async (): Promise<Properties> => {
        // What an update may reveal stays what it was, unless check has put it among the inputs.
        const change = { outputs, before, inputs };
        if (request.getPreview())
          return own(
            resource,
            resource.foresee?.(
              { ...change, unproved: begun as string | undefined },
              contextOf(request.getUrn()),
            ) ?? {},
          );
        if (!resource.update) return {};
        return own(resource, await resource.update(request.getId(), change, contextOf(request.getUrn())));
      };
      const revealed = await update().catch((error: Error) => {
        // With an error alone the state would stay as it was, and the change be forgotten once it is taken back.
        throw unproved(request.getId(), { outputs, inputs: before }, error, resource.secrets);
      });
      const response = new proto.UpdateResponse();
      response.setProperties(toStruct({ ...outputs, ...inputs, ...revealed }, resource.secrets));
      return response;
    }),

    delete: unary(async (request: proto.DeleteRequest) => {
      const known = {
        outputs: fromStruct(request.getProperties()),
        inputs: fromStruct(request.getOldInputs()),
      };
      const resource = resourceOf(request.getUrn());
      await resource.delete?.(request.getId(), known, contextOf(request.getUrn()));
      return new Empty();
    }),
  };
}

/** Output that says why a resource is not proved to be what the state says, until an update has proved it. */
const UNPROVED = "unproved";

/** An object that exists, and of which the state may not be true. */
function unproved(
  id: string,
  known: { outputs: Properties; inputs: Properties },
  error: Error,
  secrets: readonly string[],
): InitFailed {
  const outputs = { ...known.outputs, [UNPROVED]: printable(error.message) };
  return new InitFailed(new PartiallyCreated(id, outputs, error), known.inputs, secrets);
}

/** Only what the resource itself reveals: inputs are echoed from the request, never from older state. */
function own(resource: Resource, outputs: Properties): Properties {
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => resource.outputs.includes(name)));
}

const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = proto.PropertyDiff.Kind;
const UPDATE_KINDS = { added: ADD, removed: DELETE, changed: UPDATE };
const REPLACE_KINDS = { added: ADD_REPLACE, removed: DELETE_REPLACE, changed: UPDATE_REPLACE };

function diffResponse(
  resource: Resource,
  before: Properties,
  inputs: Properties,
  changed: readonly string[],
  outdated: readonly string[],
): proto.DiffResponse {
  const response = new proto.DiffResponse();
  const all = [...changed, ...outdated];
  const replaceOn = [...(resource.replaceOn ?? []), ...(resource.replaceWhen?.(before, inputs) ?? [])];
  response.setChanges(
    all.length ? proto.DiffResponse.DiffChanges.DIFF_SOME : proto.DiffResponse.DiffChanges.DIFF_NONE,
  );
  response.setDiffsList(all);
  response.setHasdetaileddiff(true);
  response.setDeletebeforereplace(true);
  for (const name of all) {
    const replaces = replaceOn.includes(name);
    if (replaces) response.addReplaces(name);
    const paths: [string, Change][] = outdated.includes(name)
      ? [[name, "changed"]]
      : changedPaths(name, before[name], inputs[name]);
    for (const [path, change] of paths) {
      const detail = new proto.PropertyDiff();
      detail.setKind(replaces ? REPLACE_KINDS[change] : UPDATE_KINDS[change]);
      detail.setInputdiff(changed.includes(name));
      response.getDetaileddiffMap().set(path, detail);
    }
  }
  return response;
}

/** A gRPC handler from an async function; errors become what Pulumi shows beside the resource. */
function unary<Request, Response>(
  handle: (request: Request) => Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    handle(call.request).then(
      (response) => callback(null, response),
      (error: Error) => callback(failure(error)),
    );
  };
}

/** A partially created object as the wire tells it. */
class InitFailed extends Error {
  readonly detail = new proto.ErrorResourceInitFailed();

  constructor(made: PartiallyCreated, inputs: Properties, secrets: readonly string[]) {
    super(made.message);
    this.detail.setId(made.id);
    this.detail.setProperties(toStruct({ ...inputs, ...made.outputs }, secrets));
    this.detail.setInputs(toStruct(inputs, secrets));
    this.detail.setReasonsList([printable(made.message)]);
  }
}

function failure(error: Error): Partial<grpc.StatusObject> & { message: string } {
  const message = printable(error.message || String(error));
  const metadata = new grpc.Metadata();
  if (error instanceof InitFailed) {
    const packed = new Any();
    packed.pack(error.detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const status = new Status();
    status.setCode(grpc.status.UNKNOWN);
    status.setMessage(message);
    status.addDetails(packed);
    metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  }
  return { code: grpc.status.UNKNOWN, message, details: message, metadata };
}
