import { isIP } from "node:net";
import { Run } from "../process";
import { NixError, nixErrorText } from "./nix";
import { CopyProgress } from "./copy-progress";

/** A first copy of a whole system over a slow line takes long; a copy that takes hours hangs. */
const COPY_TIMEOUT = 7_200_000;

/** Where a closure is copied to. */
export interface CopyTarget {
  address: string;
  /** Environment that makes the system's ssh use the pinned host key and the agent. */
  env: Record<string, string>;
  /** Root folder of the store to copy into: "/mnt" while installing. */
  root: "" | "/mnt";
}

/**
 * Copies a store path and all that it needs to a machine, which fetches what it can from its own substituters.
 * @throws NixError with Nix's or ssh's explanation
 */
export async function copyClosure(
  run: Run,
  target: CopyTarget,
  storePath: string,
  status: (message: string) => void,
): Promise<void> {
  const progress = new CopyProgress();
  const finished = await run(
    "nix",
    [
      ...["--extra-experimental-features", "nix-command", "copy"],
      // What was built here is signed by nobody; the pinned connection vouches for it.
      ...["--no-check-sigs", "--substitute-on-destination", "--log-format", "internal-json"],
      ...["--to", storeUrl(target), storePath],
    ],
    {
      env: target.env,
      timeout: COPY_TIMEOUT,
      onLine: (line) => {
        const message = progress.next(line);
        if (message) status(message);
      },
    },
  );
  if (finished.code !== 0) {
    const text = progress.errors.length ? progress.errors.join("\n") : nixErrorText(finished.stderr);
    throw new NixError(`copying ${storePath} to ${target.address} failed:\n${text}`);
  }
}

/** Of the store on the target, in its root folder. */
export function storeUrl(target: Pick<CopyTarget, "address" | "root">): string {
  const query = target.root ? `?remote-store=${encodeURIComponent(`local?root=${target.root}`)}` : "";
  // Nix takes the brackets off again before it calls ssh (store-api.cc, extractConnStr).
  const host = isIP(target.address) === 6 ? `[${target.address}]` : target.address;
  return `ssh://root@${host}${query}`;
}
