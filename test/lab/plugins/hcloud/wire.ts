import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Json, Method } from "./recordings";

export interface Answer {
  response?: Json;
  errors?: string[];
  /** What an object that came to exist in spite of an error leaves in the state. */
  initFailed?: boolean;
}

const struct = (json: Json = {}) => Struct.fromJavaScript(json);
const json = (value: Struct | undefined): Json => (value?.toJavaScript() as Json) ?? {};
/** As Pulumi's log has it: without what is empty. */
const filled = (all: Json): Json =>
  Object.fromEntries(
    Object.entries(all).filter(([, value]) => value && (!Array.isArray(value) || value.length)),
  );

/** A plugin over gRPC, in the JSON of Pulumi's log. */
export class Wire {
  private readonly client: ResourceProviderClient;

  constructor(port: number) {
    this.client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  close(): void {
    this.client.close();
  }

  async configure(args: Json): Promise<Json> {
    const request = new proto.ConfigureRequest();
    for (const [key, value] of Object.entries(args))
      request.getVariablesMap().set(`hcloud:config:${key}`, value);
    request.setArgs(struct({ ...args, version: "1.41.0" }));
    request.setAcceptsecrets(true);
    request.setAcceptresources(true);
    request.setSendsOldInputs(true);
    request.setSendsOldInputsToDelete(true);
    const response = await this.send<proto.ConfigureResponse>("configure", request);
    return filled({
      supportsPreview: response.getSupportspreview(),
      acceptSecrets: response.getAcceptsecrets(),
      acceptResources: response.getAcceptresources(),
      acceptOutputs: response.getAcceptoutputs(),
      supportsAutonamingConfiguration: response.getSupportsAutonamingConfiguration(),
    });
  }

  /** One call; an error comes back as Pulumi's log has it. */
  async call(method: Method, request: Json): Promise<Answer> {
    try {
      return { response: await this.answer(method, request) };
    } catch (error) {
      const { code, details, metadata } = error as grpc.ServiceError;
      const word = grpc.status[code]
        .toLowerCase()
        .replace(/(?:^|_)(\w)/g, (_, letter) => letter.toUpperCase());
      const initFailed = metadata.get("grpc-status-details-bin").length > 0;
      return { errors: [`rpc error: code = ${word} desc = ${details}`], ...(initFailed && { initFailed }) };
    }
  }

  private async answer(method: Method, json_: Json): Promise<Json> {
    switch (method) {
      case "CheckConfig":
      case "Check": {
        const request = new proto.CheckRequest();
        request.setUrn(json_.urn);
        request.setNews(struct(json_.news));
        request.setOlds(struct(json_.olds));
        request.setType(json_.type);
        request.setName(json_.urn.split("::").pop());
        request.setRandomseed(Buffer.alloc(32, 1));
        const response = await this.send<proto.CheckResponse>(
          method === "Check" ? "check" : "checkConfig",
          request,
        );
        const failures = response
          .getFailuresList()
          .map((one) => ({ property: one.getProperty(), reason: one.getReason() }));
        return filled({ inputs: json(response.getInputs()), failures });
      }
      case "Diff": {
        const request = new proto.DiffRequest();
        request.setId(json_.id);
        request.setUrn(json_.urn);
        request.setOlds(struct(json_.olds));
        request.setNews(struct(json_.news));
        request.setOldInputs(struct(json_.oldInputs));
        request.setIgnorechangesList(json_.ignoreChanges ?? []);
        request.setType(json_.type);
        return diffJson(await this.send<proto.DiffResponse>("diff", request));
      }
      case "Create": {
        const request = new proto.CreateRequest();
        request.setUrn(json_.urn);
        request.setProperties(struct(json_.properties));
        request.setPreview(json_.preview ?? false);
        request.setTimeout(json_.timeout ?? 0);
        request.setType(json_.type);
        const response = await this.send<proto.CreateResponse>("create", request);
        return filled({ id: response.getId(), properties: json(response.getProperties()) });
      }
      case "Read": {
        const request = new proto.ReadRequest();
        request.setId(json_.id);
        request.setUrn(json_.urn);
        request.setProperties(struct(json_.properties));
        request.setInputs(struct(json_.inputs));
        request.setType(json_.type);
        const response = await this.send<proto.ReadResponse>("read", request);
        if (!response.getId()) return {};
        const { id, properties, inputs } = {
          id: response.getId(),
          properties: json(response.getProperties()),
          inputs: json(response.getInputs()),
        };
        return { id, properties, inputs };
      }
      case "Update": {
        const request = new proto.UpdateRequest();
        request.setId(json_.id);
        request.setUrn(json_.urn);
        request.setOlds(struct(json_.olds));
        request.setNews(struct(json_.news));
        request.setOldInputs(struct(json_.oldInputs));
        request.setIgnorechangesList(json_.ignoreChanges ?? []);
        request.setPreview(json_.preview ?? false);
        request.setType(json_.type);
        const response = await this.send<proto.UpdateResponse>("update", request);
        return { properties: json(response.getProperties()) };
      }
      case "Delete": {
        const request = new proto.DeleteRequest();
        request.setId(json_.id);
        request.setUrn(json_.urn);
        request.setProperties(struct(json_.properties));
        request.setOldInputs(struct(json_.oldInputs));
        request.setType(json_.type);
        await this.send("delete", request);
        return {};
      }
    }
  }

  private send<Response>(call: string, request: unknown): Promise<Response> {
    return new Promise((resolve, reject) => {
      (this.client as any)[call](request, (error: grpc.ServiceError | null, response: Response) =>
        error ? reject(error) : resolve(response),
      );
    });
  }
}

function diffJson(response: proto.DiffResponse): Json {
  const details = response.getDetaileddiffMap().toArray() as unknown as [string, any][];
  const names = Object.entries(proto.PropertyDiff.Kind);
  const kindOf = (path: string) => response.getDetaileddiffMap().get(path)!.getKind();
  const detailedDiff = Object.fromEntries(
    details.map(([path]) => {
      const kind = names.find(([, number]) => number === kindOf(path))![0];
      return [path, kind === "ADD" ? {} : { kind }];
    }),
  );
  const changes = Object.entries(proto.DiffResponse.DiffChanges).find(
    ([, number]) => number === response.getChanges(),
  )![0];
  return filled({
    changes,
    diffs: response.getDiffsList(),
    replaces: response.getReplacesList(),
    stables: response.getStablesList(),
    deleteBeforeReplace: response.getDeletebeforereplace(),
    hasDetailedDiff: response.getHasdetaileddiff(),
    ...(details.length && { detailedDiff }),
  });
}
