/**
 * The `kluster:` keys of a stack's configuration without their prefix.
 * @param all as pulumi.runtime.allConfig() gives it; structured values are JSON text there
 */
export function stackConfig(all: Record<string, string>): Record<string, unknown> {
  const prefix = "kluster:";
  const own = Object.entries(all).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}
