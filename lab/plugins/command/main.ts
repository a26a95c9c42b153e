import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { engineLog } from "../engine";
import { providerService } from "../provider";
import { servePlugin } from "../serve";
import { commandPlugin } from "./plugin";

const engine: string | undefined = process.argv[2];

servePlugin(
  (server) => server.addService(ResourceProviderService, providerService(commandPlugin(), engineLog(engine))),
  engine,
);
