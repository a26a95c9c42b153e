import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as resource from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

export interface LogLine {
  severity: number;
  urn: string;
  message: string;
  ephemeral: boolean;
}

/** As much of Pulumi's engine and its resource monitor as plugins and small programs speak with. */
export class FakeEngine {
  readonly lines: LogLine[] = [];
  /** Types and names of what a program registered. */
  readonly registered: string[] = [];

  private constructor(
    private readonly server: grpc.Server,
    readonly address: string,
  ) {}

  static async start(): Promise<FakeEngine> {
    const server = new grpc.Server();
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    const engine = new FakeEngine(server, `127.0.0.1:${port}`);
    const answer =
      <Request, Response>(of: (request: Request) => Response): grpc.handleUnaryCall<Request, Response> =>
      (call, callback) =>
        callback(null, of(call.request));
    server.addService(EngineService, {
      log: answer((request: LogRequest) => {
        engine.lines.push({
          severity: request.getSeverity(),
          urn: request.getUrn(),
          message: request.getMessage(),
          ephemeral: request.getEphemeral(),
        });
        return new Empty();
      }),
    });
    server.addService(ResourceMonitorService, {
      supportsFeature: answer(() => new resource.SupportsFeatureResponse()),
      registerResource: answer((request: resource.RegisterResourceRequest) => {
        engine.registered.push(`${request.getType()} ${request.getName()}`);
        const response = new resource.RegisterResourceResponse();
        response.setUrn(`urn:pulumi:test::test::${request.getType()}::${request.getName()}`);
        return response;
      }),
      registerResourceOutputs: answer(() => new Empty()),
      signalAndWaitForShutdown: answer(() => new Empty()),
    });
    return engine;
  }

  stop(): void {
    this.server.forceShutdown();
  }
}
