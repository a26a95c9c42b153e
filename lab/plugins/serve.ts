import * as grpc from "@grpc/grpc-js";
import { watchEngine } from "./engine";

/**
 * Serves a plugin as Pulumi expects: on a free port of the loopback address, which is the first line that it prints,
 * until it is told to end or the engine is gone.
 * @param addServices puts the plugin's gRPC services in
 * @param engineAddress host:port of the engine that started the plugin; without it nobody is watched
 */
export function servePlugin(
  addServices: (server: grpc.Server) => void,
  engineAddress: string | undefined,
): void {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  addServices(server);
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
  if (engineAddress) endWith(engineAddress);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(0));
}

/** Ends the plugin, and all that it started, when the engine at this address is gone. */
export const endWith = (engineAddress: string): void =>
  watchEngine(engineAddress, () => {
    endGroup();
    process.exit(1);
  });

/** What the plugin started must not outlive it. Pulumi makes each plugin the leader of a process group. */
function endGroup(): void {
  try {
    process.kill(-process.pid, "SIGTERM");
  } catch {
    // started by somebody else than Pulumi, in somebody else's group
  }
}
