import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { engineLog } from "../engine";
import { providerService } from "../provider";
import { servePlugin } from "../serve";
import { HcloudPlugin } from "./plugin";

const engine: string | undefined = process.argv[2];

servePlugin(
  (server) =>
    server.addService(ResourceProviderService, providerService(new HcloudPlugin(), engineLog(engine))),
  engine,
);
