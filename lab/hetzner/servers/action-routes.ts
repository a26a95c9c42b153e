import { ActionRecord, begin, done, refuseLocked, renderAction } from "../actions";
import { created } from "../answer";
import { ApiError, invalidInput, notFound } from "../api-error";
import { isAvailable, isGone } from "../catalogue/stock";
import { IMAGES } from "../catalogue/images";
import { findSoldType } from "../catalogue/changes";
import { Cloud } from "../cloud";
import { flag, idOrName, integer } from "../fields";
import { byId } from "../names";
import { refuseFull } from "../placement-groups";
import { Route } from "../routes";
import { Server } from "../state";
import { aliasIpsIn, beginAttach } from "./attach";
import { findServer, resource, typeOf } from "./servers";

type Body = Record<string, unknown>;

/** A route for an action on a server that nothing else happens to. */
const action = (
  name: string,
  act: (cloud: Cloud, server: Server, body: Body) => ActionRecord,
  further: (cloud: Cloud, server: Server) => object = () => ({}),
): Route => ({
  method: "POST",
  path: `/servers/{id}/actions/${name}`,
  handle: (cloud, { ids, body }) => {
    const server = findServer(cloud, ids.id);
    refuseLocked(cloud, "server", server.id);
    const begun = act(cloud, server, body);
    return created({ action: renderAction(begun), ...further(cloud, server) });
  },
});

/** A route for an action of nothing but power. */
const power = (
  name: string,
  command: string,
  work: "powerOn" | "powerOff" | "shutDown" | "reboot" | "reset",
) =>
  action(name, (cloud, server) =>
    begin(cloud, command, [resource(server.id)], { do: work, server: server.id }),
  );

function refuseRunning(server: Server): void {
  if (server.status !== "off") throw new ApiError("server_not_stopped", "server must be powered off");
}

function changeType(cloud: Cloud, server: Server, body: Body): ActionRecord {
  const wanted = idOrName(body, "server_type");
  const type = findSoldType(cloud.state, wanted);
  const upgradeDisk = flag(body, "upgrade_disk", false);
  if (!type) throw invalidInput({ server_type: `server type '${wanted}' not found` });
  refuseRunning(server);
  const old = typeOf(cloud, server);
  if (type.name === old.name) throw invalidInput({ server_type: "server is already of this type" });
  if (isGone(cloud, type) || !type.locations.includes(server.location))
    throw new ApiError("invalid_server_type", `server type ${type.name} is not sold in ${server.location}`);
  if (type.architecture !== old.architecture)
    throw new ApiError("invalid_server_type", `server type ${type.name} has another architecture`);
  if (type.disk < server.diskSize)
    throw new ApiError("invalid_server_type", `the disk of ${type.name} is smaller than the server's`);
  if (!isAvailable(cloud, type, server.location))
    throw new ApiError("resource_unavailable", `server type ${type.name} is not available now`);
  server.status = "migrating";
  return begin(cloud, "change_server_type", [resource(server.id)], {
    do: "changeType",
    server: server.id,
    type: type.name,
    upgradeDisk,
  });
}

function changeProtection(cloud: Cloud, server: Server, body: Body): ActionRecord {
  const wanted = flag(body, "delete", server.protected);
  if (flag(body, "rebuild", wanted) !== wanted)
    throw invalidInput({ rebuild: "must have the same value as delete" });
  server.protected = wanted;
  return done(cloud, "change_protection", [resource(server.id)]);
}

function detach(cloud: Cloud, server: Server, body: Body): ActionRecord {
  const network = integer(body, "network");
  if (!server.privateNets.some((nic) => nic.network === network))
    throw invalidInput({ network: "server is not attached to the network" });
  return begin(cloud, "detach_from_network", [resource(server.id), { type: "network", id: network }], {
    do: "detach",
    server: server.id,
    network,
  });
}

function changeAliasIps(cloud: Cloud, server: Server, body: Body): ActionRecord {
  const network = integer(body, "network");
  const nic = server.privateNets.find((one) => one.network === network);
  if (!nic) throw invalidInput({ network: "server is not attached to the network" });
  nic.aliasIps = aliasIpsIn(cloud, byId(cloud.state.networks, network, "network"), server, body);
  return done(cloud, "change_alias_ips", [resource(server.id), { type: "network", id: network }]);
}

function addToGroup(cloud: Cloud, server: Server, body: Body): ActionRecord {
  const group = byId(cloud.state.placementGroups, integer(body, "placement_group"), "placement_group");
  refuseRunning(server);
  refuseFull(cloud, group);
  server.placementGroup = group.id;
  return done(cloud, "add_to_placement_group", [
    resource(server.id),
    { type: "placement_group", id: group.id },
  ]);
}

function removeFromGroup(cloud: Cloud, server: Server): ActionRecord {
  const group = server.placementGroup;
  if (group === null) throw invalidInput({ id: "server is in no placement group" });
  server.placementGroup = null;
  return done(cloud, "remove_from_placement_group", [
    resource(server.id),
    { type: "placement_group", id: group },
  ]);
}

function rebuild(cloud: Cloud, server: Server, body: Body): ActionRecord {
  const image = idOrName(body, "image");
  if (!IMAGES.some(({ id, name }) => name === image || String(id) === image)) throw notFound("image", image);
  if (server.protected) throw new ApiError("protected", "server is protected from rebuilding");
  server.status = "rebuilding";
  return begin(cloud, "rebuild_server", [resource(server.id)], { do: "rebuild", server: server.id });
}

export const serverActionRoutes: Route[] = [
  power("poweron", "start_server", "powerOn"),
  power("poweroff", "stop_server", "powerOff"),
  power("shutdown", "shutdown_server", "shutDown"),
  power("reboot", "reboot_server", "reboot"),
  power("reset", "reset_server", "reset"),
  action("change_type", changeType),
  action("change_protection", changeProtection),
  action("attach_to_network", (cloud, server, body) => beginAttach(cloud, server, body)),
  action("detach_from_network", detach),
  action("change_alias_ips", changeAliasIps),
  action("add_to_placement_group", addToGroup),
  action("remove_from_placement_group", removeFromGroup),
  action("rebuild", rebuild, () => ({ root_password: null })),
];
