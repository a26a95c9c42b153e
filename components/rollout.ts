import { RolloutArgs } from "../provider/sdk";
import { ClusterSettings } from "../settings/cluster";
import { apiServer } from "./api-server";
import { Machine } from "./machine";

/** The cluster around a machine that changes, as its master knows it. */
export function rolloutOf(
  settings: ClusterSettings,
  { address, hostKey }: Pick<Machine, "address" | "hostKey">,
): RolloutArgs {
  const { hosts, master, rollout } = settings;
  return {
    ...{ master, address, hostKey, server: apiServer(settings) },
    masterAddress: hosts.find(({ name }) => name === master)!.nodeAddress,
    machines: hosts.length,
    ...rollout,
  };
}
