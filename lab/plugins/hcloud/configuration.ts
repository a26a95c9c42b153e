import { Properties, reveal } from "../values";
import { constant, exponential } from "./client/backoff";
import { Client, ENDPOINT } from "./client/client";
import { parseDuration } from "./durations";

/** Characters of a token. */
const TOKEN_LENGTH = 64;
const FIRST_POLL = 500;
const LONGEST_POLL = 10_000;

export const CONFIGURATION = ["endpoint", "pollFunction", "pollInterval", "token", "version"];

/**
 * The client that a configuration asks for; what it leaves out comes from HCLOUD_TOKEN and HCLOUD_ENDPOINT.
 * @throws in the provider's words; a token of another length is for a later moment
 */
export function clientOf(args: Properties, environment: NodeJS.ProcessEnv): () => Client {
  const { endpoint, pollFunction, pollInterval, token } = reveal(args) as Record<string, string | undefined>;
  const key = token || environment.HCLOUD_TOKEN;
  if (!key)
    throw new Error(
      `[AttributeName("token")] Missing Hetzner Cloud API token: While configuring the provider, the Hetzner Cloud API token was not found in the HCLOUD_TOKEN environment variable or provider configuration block token attribute.`,
    );
  const poll = pollOf(pollFunction, pollInterval);
  const client = new Client({
    endpoint: endpoint || environment.HCLOUD_ENDPOINT || ENDPOINT,
    token: key,
    poll,
  });
  return () => {
    if (key.length !== TOKEN_LENGTH)
      throw new Error("entered token is invalid (must be exactly 64 characters long)");
    return client;
  };
}

function pollOf(pollFunction: string | undefined, pollInterval: string | undefined) {
  if (pollFunction !== undefined && !["constant", "exponential"].includes(pollFunction))
    throw new Error(
      `[AttributeName("poll_function")] Invalid Attribute Value Match: Attribute poll_function value must be one of: ["constant" "exponential"], got: "${pollFunction}"`,
    );
  if (!pollInterval) return exponential(FIRST_POLL, LONGEST_POLL);
  const interval = parseDuration(pollInterval);
  return pollFunction === "constant" ? constant(interval) : exponential(interval);
}
