import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { HcloudPlugin } from "../../../../lab/plugins/hcloud/plugin";
import { providerService } from "../../../../lab/plugins/provider";
import { Wire } from "./wire";

/** A plugin that runs. */
export interface Running {
  wire: Wire;
  close(): void;
}

/** A way to have a plugin; `missing` says why there is none. */
export interface Plugin {
  name: string;
  start(): Promise<Running>;
  missing?: string;
}

const listen = (server: grpc.Server): Promise<number> =>
  new Promise((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    ),
  );

const standIn: Plugin = {
  name: "the stand-in",
  async start() {
    const server = new grpc.Server();
    server.addService(
      ResourceProviderService,
      providerService(new HcloudPlugin(), () => {}),
    );
    const wire = new Wire(await listen(server));
    return {
      wire,
      close() {
        wire.close();
        server.forceShutdown();
      },
    };
  },
};

const binary = join(
  process.env.KLUSTER_TOOLCHAIN ?? "/nonexistent",
  "plugins/resource-hcloud-v1.41.0/pulumi-resource-hcloud",
);

const official: Plugin = {
  name: "the official plugin",
  missing: isElf(binary) ? undefined : "KLUSTER_TOOLCHAIN names no folder with it",
  async start() {
    const engine = new grpc.Server();
    // It logs to the engine, and nobody is to be in its way.
    const log: grpc.handleUnaryCall<unknown, Empty> = (_, done) => done(null, new Empty());
    engine.addService(EngineService, { log });
    const plugin = spawn(binary, [`127.0.0.1:${await listen(engine)}`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const port = await new Promise<number>((resolve, reject) => {
      plugin.stdout.once("data", (line) => resolve(Number(`${line}`.trim())));
      plugin.once("error", reject);
      plugin.once("exit", () => reject(new Error("the official plugin ended at once")));
    });
    const wire = new Wire(port);
    return {
      wire,
      close() {
        wire.close();
        plugin.kill();
        engine.forceShutdown();
      },
    };
  },
};

/** The stand-in; and where it is on the box, the official one, which has to pass the same tests. */
export const plugins: Plugin[] = [standIn, official];

/** Runs tests with each; those of one that is missing are skipped by name. */
export function withEach(what: string, tests: (plugin: Plugin) => void): void {
  for (const plugin of plugins)
    if (plugin.missing) test.skip(`${what}: ${plugin.name} (skipped: ${plugin.missing})`, () => {});
    else describe(`${what}: ${plugin.name}`, () => tests(plugin));
}

/** A launcher of the lab's own is a script. */
function isElf(file: string): boolean {
  if (!existsSync(file)) return false;
  const descriptor = openSync(file, "r");
  try {
    const head = Buffer.alloc(4);
    readSync(descriptor, head, 0, 4, 0);
    return head.toString("latin1") === "\x7fELF";
  } finally {
    closeSync(descriptor);
  }
}
