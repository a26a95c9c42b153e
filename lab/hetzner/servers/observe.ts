import { isLocked } from "../actions";
import { Cloud } from "../cloud";

/** Sees which machines went off, or on, by themselves: a guest that shut down is a server that is off. */
export async function observePower(cloud: Cloud): Promise<void> {
  const settled = cloud.state.servers.filter(
    ({ id, status }) => (status === "running" || status === "off") && !isLocked(cloud, "server", id),
  );
  const seen = await Promise.all(
    settled.map(async ({ id }) => [id, await cloud.hardware.isRunning(id)] as const),
  );
  for (const [id, running] of seen) {
    const server = cloud.state.servers.find((one) => one.id === id);
    if (!server || isLocked(cloud, "server", id)) continue;
    if (server.status === "running" || server.status === "off") server.status = running ? "running" : "off";
  }
}
