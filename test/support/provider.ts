import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { Engine } from "../../provider/engine";
import { AnyResource } from "../../provider/resource";
import { serve } from "../../provider/serve";
import { service } from "../../provider/service";
import { Properties } from "../../provider/values";

/** The provider behind a real gRPC connection, asked as Pulumi's engine asks. */
export interface ServedProvider {
  /** What the resources showed or warned of. */
  lines: { severity: string; message: string; ephemeral: boolean }[];
  call<Response>(method: keyof ResourceProviderClient, request: unknown): Promise<Response>;
  check(urn: string, news: Properties, olds?: Properties): Promise<proto.CheckResponse>;
  diff(urn: string, olds: Properties, oldInputs: Properties, news: Properties): Promise<proto.DiffResponse>;
  create(urn: string, inputs: Properties, preview?: boolean): Promise<proto.CreateResponse>;
  read(urn: string, id: string, outputs: Properties, inputs: Properties): Promise<proto.ReadResponse>;
  update(
    urn: string,
    id: string,
    olds: Properties,
    oldInputs: Properties,
    news: Properties,
    preview?: boolean,
  ): Promise<proto.UpdateResponse>;
  delete(urn: string, id: string, outputs: Properties, inputs: Properties): Promise<void>;
  stop(): void;
}

export function urnOf(resource: { type: string }, name = "il"): string {
  return `urn:pulumi:dev::kluster::kluster:index:Cluster$${resource.type}::${name}`;
}

export async function serveProvider(resources: AnyResource[]): Promise<ServedProvider> {
  const lines: ServedProvider["lines"] = [];
  const engine = {
    log: (severity: string, _urn: string, message: string, ephemeral = false) =>
      lines.push({ severity, message, ephemeral }),
    watch: () => {},
  } as unknown as Engine;
  const served = await serve(
    ResourceProviderService,
    service(resources, engine, "0.0.0") as unknown as grpc.UntypedServiceImplementation,
  );
  const client = new ResourceProviderClient(`127.0.0.1:${served.port}`, grpc.credentials.createInsecure());
  const struct = (properties: Properties) => Struct.fromJavaScript(properties);

  function call<Response>(method: keyof ResourceProviderClient, request: unknown): Promise<Response> {
    return new Promise((resolve, reject) =>
      (client[method] as any).call(client, request, (error: Error | null, response: Response) =>
        error ? reject(error) : resolve(response),
      ),
    );
  }

  return {
    lines,
    call,
    check: (urn, news, olds) => {
      const request = new proto.CheckRequest();
      request.setUrn(urn);
      if (olds) request.setOlds(struct(olds));
      request.setNews(struct(news));
      return call("check", request);
    },
    diff: (urn, olds, oldInputs, news) => {
      const request = new proto.DiffRequest();
      request.setUrn(urn);
      request.setOlds(struct(olds));
      request.setOldInputs(struct(oldInputs));
      request.setNews(struct(news));
      return call("diff", request);
    },
    create: (urn, inputs, preview = false) => {
      const request = new proto.CreateRequest();
      request.setUrn(urn);
      request.setProperties(struct(inputs));
      request.setPreview(preview);
      return call("create", request);
    },
    read: (urn, id, outputs, inputs) => {
      const request = new proto.ReadRequest();
      request.setUrn(urn);
      request.setId(id);
      request.setProperties(struct(outputs));
      request.setInputs(struct(inputs));
      return call("read", request);
    },
    update: (urn, id, olds, oldInputs, news, preview = false) => {
      const request = new proto.UpdateRequest();
      request.setUrn(urn);
      request.setId(id);
      request.setOlds(struct(olds));
      request.setOldInputs(struct(oldInputs));
      request.setNews(struct(news));
      request.setPreview(preview);
      return call("update", request);
    },
    delete: async (urn, id, outputs, inputs) => {
      const request = new proto.DeleteRequest();
      request.setUrn(urn);
      request.setId(id);
      request.setProperties(struct(outputs));
      request.setOldInputs(struct(inputs));
      await call("delete", request);
    },
    stop: () => {
      client.close();
      served.stop();
    },
  };
}

/** What the engine reads out of an answer "init failed". */
export async function initFailure(call: Promise<unknown>): Promise<proto.ErrorResourceInitFailed> {
  const error: grpc.ServiceError = await call.then(
    () => Promise.reject(new Error("the call succeeded")),
    (refusal) => refusal,
  );
  const detail = initFailed(error);
  if (!detail) throw error;
  return detail;
}

/** What an answer says of an object that it calls "init failed"; undefined: it is another error. */
export function initFailed(error: grpc.ServiceError): proto.ErrorResourceInitFailed | undefined {
  const [bytes] = error.metadata?.get("grpc-status-details-bin") ?? [];
  if (!bytes) return undefined;
  const [packed] = Status.deserializeBinary(bytes as Buffer).getDetailsList();
  return proto.ErrorResourceInitFailed.deserializeBinary(packed.getValue_asU8());
}

/** A secret as the wire carries it. */
export function secretOnWire(value: unknown): Properties {
  return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
}
