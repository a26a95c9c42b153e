import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Run } from "../process";
import { NixError, nixErrorText } from "./nix";
import { Derivation } from "./system";

/** Building a kernel module from source is slow; an hour without an end means that something hangs. */
const BUILD_TIMEOUT = 3_600_000;

/**
 * Builds a system or an installer with the operator's Nix, or finds it built.
 * @param root link to make, which keeps the system from the garbage collector for as long as it is there
 * @throws NixError with the failed build's last lines
 */
export async function build(
  run: Run,
  root: string,
  system: Derivation,
  status: (message: string) => void,
): Promise<void> {
  await mkdir(dirname(root), { recursive: true });
  const finished = await run("nix-store", ["--realise", system.drvPath, "--add-root", root, "--indirect"], {
    timeout: BUILD_TIMEOUT,
    onLine: (line, stream) => {
      if (stream === "stderr" && /^(building|copying path|downloading)/.test(line)) status(line);
    },
  });
  if (finished.code !== 0) {
    throw new NixError(`building ${system.storePath} failed:\n${nixErrorText(finished.stderr)}`);
  }
}
