import * as pulumi from "@pulumi/pulumi";

/** What a resource is for: a host as such, something of a host, or something of the whole cluster. */
export type Purpose = { host: string; role?: string } | { host?: undefined; role: string };

/**
 * The name that Pulumi knows a resource by: `il`, `il/boot`, `/operator`.
 *
 * No two purposes share a name, whatever the hosts are called: a host's name is a DNS label, which has no slash. So
 * what stands before the first slash is the host, and nothing stands there for what is the whole cluster's. A name
 * depends neither on the stack's name nor on which other hosts there are: another name would be another resource.
 */
export function logicalName({ host = "", role }: Purpose): string {
  return role === undefined ? host : `${host}/${role}`;
}

/**
 * Options of a resource that had another name once: what the state still has by that name is this resource.
 * @param name that it had
 * @param others names that other resources of its type have or had: what has one of those is theirs. Pulumi refuses a
 * program in which two claim the same.
 */
export function formerly(name: string, others: readonly string[] = []): { aliases?: pulumi.Alias[] } {
  return others.includes(name) ? {} : { aliases: [{ name }] };
}
