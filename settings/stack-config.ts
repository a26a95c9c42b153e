const PREFIX = "kluster:";

/**
 * The `kluster:` keys of a stack's configuration without their prefix.
 * @param all as pulumi.runtime.allConfig() gives it; structured values are JSON text there
 */
export function stackConfig(all: Record<string, string>): Record<string, unknown> {
  const own = Object.entries(all).filter(([key]) => key.startsWith(PREFIX));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(PREFIX.length), value]));
}

/**
 * The `kluster:` keys, without their prefix, whose values Pulumi keeps encrypted, or has encrypted values in.
 * @param env of the program; Pulumi's language host names the keys there, and pulumi.runtime has them in no public place
 * @returns undefined where it does not say
 */
export function secretKeys(env: NodeJS.ProcessEnv): string[] | undefined {
  if (!env.PULUMI_CONFIG_SECRET_KEYS) return undefined;
  const all = JSON.parse(env.PULUMI_CONFIG_SECRET_KEYS) as string[];
  return all.filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
}
