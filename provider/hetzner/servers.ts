import { ExistingServer } from "./choice";
import { HetznerError, NOT_THE_API } from "./errors";
import { CloudObject } from "./objects";

/** A server as the API lists it. */
export interface ApiServer extends CloudObject {
  status: string;
  /** GB */
  primary_disk_size: number;
  server_type: { name: string };
  /** In older answers it is the datacenter's alone. */
  location?: { name: string };
  datacenter?: { location: { name: string } } | null;
  private_net?: { network: number; ip: string }[];
}

/**
 * What a choice depends on.
 * @throws HetznerError when the server is not what the API's description says
 */
export function readServer(server: ApiServer): ExistingServer {
  const serverType = server.server_type?.name;
  const location = (server.location ?? server.datacenter?.location)?.name;
  if (!serverType || !location) {
    const what = `Hetzner's list of servers is not what it was: ${server.name} has no ${serverType ? "location" : "type"}.`;
    throw new HetznerError(NOT_THE_API, what, "A newer kluster may know it; see hcloud:endpoint, too.");
  }
  return { serverType, location, disk: server.primary_disk_size, status: server.status };
}

/** Whether Hetzner has finished a server that it lists: one whose order failed midway stays as it is. */
export const isMade = ({ status }: Pick<ExistingServer, "status">) => status !== "initializing";
