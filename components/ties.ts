import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { WireGuardArgs } from "../provider/sdk";
import { ClusterSettings, HostSettings } from "../settings/cluster";

export interface TiesArgs {
  settings: ClusterSettings;
  /** The operator's, as machines know it. */
  publicKey: pulumi.Input<string>;
  /** See EvaluateArgs. */
  wireguard?: WireGuardArgs;
}

/**
 * What a machine's system has in itself of the rest of the cluster, by what that is in words, as hashes: with another one
 * the machine is cut off from the cluster or from the operator. An earlier system is not gone back to across such a change.
 */
export function tiesOf(
  { settings, publicKey, wireguard }: TiesArgs,
  { address }: HostSettings,
): pulumi.Output<Record<string, string>> {
  const { master, hosts } = settings;
  const { pods, services, apiPort } = settings.kubernetes;
  const ties = {
    "the operator's SSH key": publicKey,
    "its address": address,
    "the cluster's hosts": {
      master,
      hosts: hosts.map(({ name, nodeAddress }) => `${name} ${nodeAddress}`).sort(),
    },
    "Kubernetes' ranges and port": { pods, services, apiPort },
    ...(wireguard ? { WireGuard: wireguard } : {}),
  };
  return pulumi
    .output(ties)
    .apply((ties) => Object.fromEntries(Object.entries(ties).map(([what, value]) => [what, digest(value)])));
}

/** The same for the same value, in whatever order its members come. */
function digest(value: unknown): string {
  const sorted = (_: string, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member;
  return createHash("sha256").update(JSON.stringify(value, sorted)).digest("base64url").slice(0, 12);
}
