import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";

/** What a stack says could not be read; the message says why. */
export class StackError extends Error {}

const checkout = join(__dirname, "..");

/** With the set-up's Pulumi behind the user's own. */
const path = [process.env.PATH ?? "", join(checkout, ".kluster/toolchain/bin")].join(delimiter);

/**
 * Asks the Pulumi CLI, which gets the user's whole environment, and with it the passphrase. What it answers comes by a
 * pipe and stands in no argument, file or log.
 * @throws StackError
 */
export function pulumi(args: string[]): string {
  const finished = spawnSync("pulumi", args, {
    cwd: checkout,
    encoding: "utf8",
    env: { ...process.env, PATH: path },
    stdio: ["inherit", "pipe", "pipe"],
    maxBuffer: 1 << 26,
  });
  if (finished.error && "code" in finished.error && finished.error.code === "ENOENT")
    throw new StackError("there is no pulumi on PATH; install it: https://www.pulumi.com/docs/install/");
  if (finished.error) throw new StackError(`pulumi could not be started: ${finished.error.message}`);
  // Pulumi asks for it only where its answer goes to a terminal.
  if (/PULUMI_CONFIG_PASSPHRASE/.test(finished.stderr))
    throw new StackError(
      "Pulumi needs the stack's passphrase; give it to this shell: read -rs PULUMI_CONFIG_PASSPHRASE && export PULUMI_CONFIG_PASSPHRASE",
    );
  if (finished.status !== 0)
    throw new StackError(`pulumi ${args.join(" ")} failed: ${finished.stderr.trim()}`);
  return finished.stdout;
}

/**
 * Name of the stack, without organisation and project.
 * @param given by the user; without it, the one that is selected
 * @throws StackError
 */
export function stackName(given: string | undefined): string {
  const full = given ?? pulumi(["stack", "--show-name", "--non-interactive"]).trim();
  return full.split("/").at(-1)!;
}

/** The CLI's words for a stack; none for the one that is selected. */
export const ofStack = (given: string | undefined) => (given === undefined ? [] : ["--stack", given]);

/**
 * All outputs of a stack, secrets in plain text.
 * @throws StackError
 */
export function stackOutputs(given: string | undefined): Record<string, unknown> {
  const text = pulumi([
    "stack",
    "output",
    "--json",
    "--show-secrets",
    "--non-interactive",
    ...ofStack(given),
  ]);
  return JSON.parse(text) as Record<string, unknown>;
}

/**
 * The stack's configuration, as text (JSON where a value has a structure), by whole keys such as kluster:network. What
 * is secret in it is not among it.
 * @throws StackError
 */
export function stackConfiguration(given: string | undefined): Record<string, string> {
  const text = pulumi(["config", "--json", "--non-interactive", ...ofStack(given)]);
  const all = JSON.parse(text) as Record<string, { value?: string; secret?: boolean }>;
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, { value, secret }]) =>
      secret || value === undefined ? [] : [[key, value]],
    ),
  );
}

/**
 * A secret of the stack's configuration.
 * @throws StackError where it is not there, too
 */
export function stackSecret(given: string | undefined, key: string): string {
  return pulumi(["config", "get", "--non-interactive", ...ofStack(given), key]).trim();
}
