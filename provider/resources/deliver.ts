import { rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "../nixos/build";
import { copyClosure } from "../nixos/copy";
import { Run } from "../process";
import { Context } from "../resource";
import { Login } from "../ssh";
import { MachineServices } from "../machine-services";

/** A system, and the machine that it is for. */
interface Delivery {
  identity: string;
  drvPath: string;
  storePath: string;
}

/**
 * Builds a system and copies it to its machine.
 * @param root folder of the store to copy into: "/mnt" while installing
 */
export async function deliver(
  services: MachineServices,
  { identity, drvPath, storePath }: Delivery,
  login: Login,
  root: "" | "/mnt",
  context: Context,
): Promise<void> {
  const run: Run = (command, args, options) =>
    services.run(command, args, { ...options, signal: context.signal });
  // Named after the machine, so that the next run takes over what a killed one left.
  const collectorRoot = join(services.folders.cache, "roots", identity);
  try {
    await context.phase("build", () =>
      services.builds.run(() => build(run, collectorRoot, { drvPath, storePath }, context.status)),
    );
    await context.phase("copy", async () => {
      const target = { address: login.address, env: await services.sshEnvironment(login), root };
      await services.copies.run(() => copyClosure(run, target, storePath, context.status));
    });
  } finally {
    await rm(collectorRoot, { force: true });
  }
}
