import { ApiError } from "../api-error";
import { Cloud, newId } from "../cloud";
import { gatewayOf } from "../networks/networks";
import { Work } from "../work";
import { findServer, macAddress } from "./servers";

/** Puts the server's NIC into a network. */
export async function attachServer(cloud: Cloud, work: Extract<Work, { do: "attach" }>): Promise<void> {
  const { server: id, network, ip, aliasIps } = work;
  const found = cloud.state.networks.find((one) => one.id === network);
  if (!found) throw new ApiError("action_failed", "the network is gone");
  const mac = macAddress("private", newId(cloud));
  await cloud.hardware.plug(id, { networkId: network, ip, gateway: gatewayOf(found), mac });
  findServer(cloud, id).privateNets.push({ network, ip, aliasIps, mac });
}

export async function detachServer(cloud: Cloud, id: number, network: number): Promise<void> {
  await cloud.hardware.unplug(id, network);
  const server = findServer(cloud, id);
  server.privateNets = server.privateNets.filter((nic) => nic.network !== network);
}
