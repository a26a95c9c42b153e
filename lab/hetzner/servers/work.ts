import { findType } from "../catalogue/changes";
import { Cloud } from "../cloud";
import { ServerStatus } from "../state";
import { findServer, specOf } from "./servers";

// The state may be another one after each wait: a refused request puts the former one back. So nobody holds on to a
// server across a wait; each step looks it up again.

const set = (cloud: Cloud, id: number, status: ServerStatus) => {
  findServer(cloud, id).status = status;
};

export async function createServer(cloud: Cloud, id: number): Promise<void> {
  try {
    await cloud.hardware.create(specOf(cloud, findServer(cloud, id)));
  } finally {
    set(cloud, id, "off");
  }
}

/** Brings size and addresses of the machine up to date, which happens only while it is off, and turns it on. */
export async function powerOnServer(cloud: Cloud, id: number): Promise<void> {
  if (await cloud.hardware.isRunning(id)) return set(cloud, id, "running");
  set(cloud, id, "starting");
  try {
    await cloud.hardware.reconfigure(specOf(cloud, findServer(cloud, id)));
    await cloud.hardware.powerOn(id);
  } catch (error) {
    set(cloud, id, "off");
    throw error;
  }
  set(cloud, id, "running");
}

export async function powerOffServer(cloud: Cloud, id: number): Promise<void> {
  set(cloud, id, "stopping");
  await cloud.hardware.powerOff(id);
  set(cloud, id, "off");
}

/** Done when the button has been pressed; whether the guest obeys shows later. */
export const shutDownServer = (cloud: Cloud, id: number) => cloud.hardware.shutdown(id);

/** A soft reboot: the lab's machines have no button for it, so the guest is not asked. */
export const rebootServer = (cloud: Cloud, id: number) => cloud.hardware.reset(id);

export const resetServer = (cloud: Cloud, id: number) => cloud.hardware.reset(id);

/** Another type: the machine gets its size, and is started again as the real one is. */
export async function changeType(
  cloud: Cloud,
  id: number,
  type: string,
  upgradeDisk: boolean,
): Promise<void> {
  const server = findServer(cloud, id);
  server.type = type;
  if (upgradeDisk) server.diskSize = Math.max(server.diskSize, findType(cloud.state, type)!.disk);
  await powerOnServer(cloud, id);
}

/** The stock image on the disk again. */
export async function rebuildServer(cloud: Cloud, id: number): Promise<void> {
  await cloud.hardware.remove(id);
  await createServer(cloud, id);
  await powerOnServer(cloud, id);
}

/** Takes the server away, with the addresses that are its own; all else that it had is free again. */
export async function deleteServer(cloud: Cloud, id: number): Promise<void> {
  await cloud.hardware.remove(id);
  const { state } = cloud;
  state.servers = state.servers.filter((server) => server.id !== id);
  state.primaryIps = state.primaryIps.filter(({ assignee, autoDelete }) => assignee !== id || !autoDelete);
  for (const ip of state.primaryIps) if (ip.assignee === id) ip.assignee = null;
  for (const firewall of state.firewalls)
    firewall.appliedTo = firewall.appliedTo.filter(
      (target) => target.type !== "server" || target.server !== id,
    );
}
