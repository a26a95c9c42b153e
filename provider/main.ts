import { homedir } from "node:os";
import { join } from "node:path";
import type * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { version } from "../package.json";
import { Engine, engineAddress } from "./engine";
import { run } from "./process";
import { resources } from "./resources";
import { serve } from "./serve";
import { service } from "./service";

/** The plugin: prints the port that it serves on, and ends when the engine that started it is gone. */
function main(address: string): void {
  const engine = new Engine(address);
  const folders = {
    project: join(__dirname, ".."),
    cache:
      process.env.KLUSTER_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "kluster"),
  };
  const implementation = service(resources(run, folders), engine, version);
  // What cannot be served ends the plugin, and Pulumi shows why.
  void serve(ResourceProviderService, implementation as unknown as grpc.UntypedServiceImplementation).then(
    ({ port }) => console.log(port),
  );
  engine.watch(() => {
    endChildren();
    process.exit(1);
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(0));
}

/**
 * A copy or a VBoxManage that outlived us would meet the next run. Pulumi starts each plugin as the leader of a
 * process group; virtual machines have left it.
 */
function endChildren(): void {
  try {
    process.kill(-process.pid, "SIGTERM");
  } catch {
    // started by somebody else than Pulumi, in somebody else's group
  }
}

main(engineAddress(process.argv.slice(2)));
