import { ActionRecord, begin, renderAction } from "../actions";
import { ApiAnswer, ApiRequest, created } from "../answer";
import { ApiError, invalidInput, notFound, notModelled } from "../api-error";
import { Image, IMAGES } from "../catalogue/images";
import { isAvailable, isGone } from "../catalogue/stock";
import { findOpenLocation, findSoldType } from "../catalogue/changes";
import { ServerType } from "../catalogue/types";
import { Cloud, newId, timestamp } from "../cloud";
import {
  flag,
  idOrName,
  integer,
  list,
  objects,
  optionalInteger,
  optionalText,
  refuseRemoved,
} from "../fields";
import { refuseFirewall } from "../firewalls/firewalls";
import { byId, newNamed } from "../names";
import { refuseFull } from "../placement-groups";
import { allocate } from "../primary-ips/primary-ips";
import { PrimaryIp, Server } from "../state";
import { beginAttach } from "./attach";
import { macAddress, renderServer, resource } from "./servers";

type Body = Record<string, unknown>;

/** Bytes. */
const MAX_USER_DATA = 32 * 1024;

/** POST /servers: answers with a server that is being made, and the actions that make, start and attach it. */
export function createServer(cloud: Cloud, { body }: ApiRequest): ApiAnswer {
  refuseRemoved(body, "datacenter", "location");
  const type = typeIn(cloud, body);
  const location = locationIn(cloud, body, type);
  const image = imageIn(body, type);
  const sshKeys = sshKeysIn(cloud, body);
  refuseVolumes(cloud, body);
  const userData = optionalText(body, "user_data") ?? "";
  if (Buffer.byteLength(userData) > MAX_USER_DATA)
    throw invalidInput({ user_data: "Length must be between 0 and 32768." });
  const groupId = optionalInteger(body, "placement_group");
  const group =
    groupId === undefined ? undefined : byId(cloud.state.placementGroups, groupId, "placement_group");
  if (group) refuseFull(cloud, group);

  const server: Server = {
    ...newNamed(cloud, body, cloud.state.servers, "server"),
    status: "initializing",
    type: type.name,
    location,
    image: image.id,
    diskSize: type.disk,
    mac: "",
    placementGroup: groupId ?? null,
    privateNets: [],
    protected: false,
    userData,
  };
  server.mac = macAddress("public", server.id);
  cloud.state.servers.push(server);
  const hasPublicNet = givePublicNet(cloud, server, (body.public_net ?? {}) as Body);
  const networks = list(body, "networks");
  if (!hasPublicNet && networks.length === 0)
    throw invalidInput({ public_net: "a server needs a public or a private network" });

  const make = begin(cloud, "create_server", [resource(server.id)], {
    do: "createServer",
    server: server.id,
  });
  // One thing at a time happens to a machine, and it is behind its firewalls before it ever runs.
  const fenced = applyFirewalls(cloud, server, body, hasPublicNet, make);
  const attached = attachNetworks(cloud, server, networks, fenced.at(-1) ?? make);
  const next = [...fenced, ...attached];
  const last = next.at(-1) ?? make;
  if (flag(body, "start_after_create", true))
    next.push(
      begin(cloud, "start_server", [resource(server.id)], { do: "powerOn", server: server.id }, last),
    );
  return created({
    server: renderServer(cloud, server),
    action: renderAction(make),
    next_actions: next.map(renderAction),
    root_password: sshKeys.length > 0 ? null : `lab-${server.id}`,
  });
}

function typeIn(cloud: Cloud, body: Body): ServerType {
  const wanted = idOrName(body, "server_type");
  const type = findSoldType(cloud.state, wanted);
  if (!type) throw invalidInput({ server_type: `server type '${wanted}' not found` });
  if (isGone(cloud, type)) throw invalidInput({ server_type: `server type ${type.id} is deprecated` });
  return type;
}

function locationIn(cloud: Cloud, body: Body, type: ServerType): string {
  const isNamed = body.location !== undefined && body.location !== null;
  const wanted = isNamed ? idOrName(body, "location") : type.locations[0];
  const location = findOpenLocation(cloud.state, wanted)?.name;
  if (!location) throw invalidInput({ location: `location '${wanted}' not found` });
  if (!type.locations.includes(location))
    throw new ApiError("invalid_input", "unsupported location for server type");
  if (!isAvailable(cloud, type, location))
    throw new ApiError("resource_unavailable", "error during placement: resource unavailable");
  return location;
}

function imageIn(body: Body, type: ServerType): Image {
  const wanted = idOrName(body, "image");
  const named = IMAGES.filter(({ id, name }) => name === wanted || String(id) === wanted);
  if (named.length === 0) throw invalidInput({ image: `image '${wanted}' not found` });
  const image = named.find(({ architecture }) => architecture === type.architecture);
  if (!image) throw invalidInput({ image: `is not for the architecture ${type.architecture}` });
  return image;
}

/** Volumes are only listed here, and none can be attached. */
function refuseVolumes({ state }: Cloud, body: Body): void {
  for (const id of list(body, "volumes")) {
    byId(
      state.others.filter(({ kind }) => kind === "volumes"),
      Number(id),
      "volume",
    );
    throw notModelled("a server with volumes");
  }
}

function sshKeysIn({ state }: Cloud, body: Body): number[] {
  return list(body, "ssh_keys").map((wanted) => {
    const key = state.sshKeys.find(({ id, name }) => id === wanted || name === wanted || `${id}` === wanted);
    if (!key) throw notFound("ssh_key", String(wanted));
    return key.id;
  });
}

/** Gives the server its addresses, new ones where it names none. Returns whether it has any. */
function givePublicNet(cloud: Cloud, server: Server, net: Body): boolean {
  const types = (["ipv4", "ipv6"] as const).filter((type) => flag(net, `enable_${type}`, true));
  for (const type of types) {
    const id = optionalInteger(net, type);
    const ip =
      id === undefined ? newAddress(cloud, server, type) : byId(cloud.state.primaryIps, id, "primary_ip");
    if (ip.assignee !== null)
      throw new ApiError("primary_ip_assigned", `primary IP ${ip.id} is already assigned to a server`);
    if (ip.type !== type)
      throw new ApiError("primary_ip_version_mismatch", `primary IP ${ip.id} is no ${type}`);
    if (ip.location !== server.location)
      throw new ApiError("primary_ip_datacenter_mismatch", `primary IP ${ip.id} is in ${ip.location}`);
    ip.assignee = server.id;
  }
  return types.length > 0;
}

/** An address that belongs to the server alone and goes with it. */
function newAddress(cloud: Cloud, server: Server, type: PrimaryIp["type"]): PrimaryIp {
  const id = newId(cloud);
  const named = { id, name: `primary_ip-${id}`, labels: {}, created: timestamp(cloud) };
  return allocate(cloud, named, type, server.location, true);
}

/** Begins to attach the server to its networks, one after the other. */
function attachNetworks(
  cloud: Cloud,
  server: Server,
  networks: unknown[],
  after: ActionRecord,
): ActionRecord[] {
  let last = after;
  return networks.map((network) => (last = beginAttach(cloud, server, { network }, last)));
}

/** Begins to put the server behind its firewalls, one after the other. */
function applyFirewalls(
  cloud: Cloud,
  server: Server,
  body: Body,
  hasPublicNet: boolean,
  make: ActionRecord,
): ActionRecord[] {
  let last = make;
  return objects(body, "firewalls").map((entry) => {
    const firewall = byId(cloud.state.firewalls, integer(entry, "firewall"), "firewall");
    refuseFirewall(firewall, server, hasPublicNet);
    firewall.appliedTo.push({ type: "server", server: server.id, status: "pending" });
    last = begin(
      cloud,
      "apply_firewall",
      [{ type: "firewall", id: firewall.id }, resource(server.id)],
      { do: "applyFirewall", firewall: firewall.id, server: server.id },
      last,
    );
    return last;
  });
}
