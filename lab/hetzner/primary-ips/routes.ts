import { BlockList, isIPv6 } from "node:net";
import { done, refuseLocked, renderAction } from "../actions";
import { created, noContent, ok } from "../answer";
import { ApiError, invalidInput, notFound } from "../api-error";
import { findOpenLocation } from "../catalogue/changes";
import { Cloud } from "../cloud";
import { choice, flag, integer, optionalInteger, optionalText, refuseRemoved, text } from "../fields";
import { listAnswer } from "../lists";
import { byId, newNamed, renameAndLabel, without } from "../names";
import { Route } from "../routes";
import { PrimaryIp, Server } from "../state";
import { addressOf, allocate, renderPrimaryIp } from "./primary-ips";

const TYPES = ["ipv4", "ipv6"] as const;

const find = ({ state }: Cloud, id: number) => byId(state.primaryIps, id, "primary_ip");

const resources = (ip: PrimaryIp, server: number) => [
  { type: "primary_ip", id: ip.id },
  { type: "server", id: server },
];

/** The server that an address goes to or comes from. @throws ApiError unless it is off and nothing happens to it */
function stoppedServer(cloud: Cloud, id: number): Server {
  const server = byId(cloud.state.servers, id, "server");
  refuseLocked(cloud, "server", id);
  if (server.status !== "off") throw new ApiError("server_not_stopped", "server must be powered off");
  return server;
}

function assign(cloud: Cloud, ip: PrimaryIp, server: Server): void {
  if (ip.assignee !== null)
    throw new ApiError("primary_ip_already_assigned", "primary IP is already assigned");
  if (addressOf(cloud, server.id, ip.type))
    throw new ApiError(`server_has_${ip.type}`, `server already has an ${ip.type} address`);
  if (ip.location !== server.location)
    throw invalidInput({ assignee_id: "server and primary IP are in different locations" });
  ip.assignee = server.id;
}

/** Whether an address is this one, or one of this /64. */
function isOf({ type, ip }: PrimaryIp, address: string): boolean {
  if (type === "ipv4") return address === ip;
  const list = new BlockList();
  list.addSubnet(ip.split("/")[0], 64, "ipv6");
  return isIPv6(address) && list.check(address, "ipv6");
}

export const primaryIpRoutes: Route[] = [
  {
    method: "GET",
    path: "/primary_ips",
    handle: ({ state }, request) =>
      listAnswer(request, "primary_ips", state.primaryIps.map(renderPrimaryIp), { ip: ({ ip }) => ip }),
  },
  {
    method: "GET",
    path: "/primary_ips/{id}",
    handle: (cloud, { ids }) => ok({ primary_ip: renderPrimaryIp(find(cloud, ids.id)) }),
  },
  {
    method: "POST",
    path: "/primary_ips",
    handle: (cloud, { body }) => {
      refuseRemoved(body, "datacenter", "location");
      const type = choice(body, "type", TYPES);
      if (body.assignee_type !== undefined) choice(body, "assignee_type", ["server", "unassigned"] as const);
      const assignee = optionalInteger(body, "assignee_id");
      const server = assignee === undefined ? undefined : stoppedServer(cloud, assignee);
      if (server && addressOf(cloud, server.id, type))
        throw new ApiError(`server_has_${type}`, `server already has an ${type} address`);
      const location = server?.location ?? findOpenLocation(cloud.state, text(body, "location"))?.name;
      if (!location) throw invalidInput({ location: "location does not exist" });
      const named = newNamed(cloud, body, cloud.state.primaryIps, "primary_ip");
      const ip = allocate(cloud, named, type, location, flag(body, "auto_delete", false));
      if (!server) return created({ primary_ip: renderPrimaryIp(ip) });
      assign(cloud, ip, server);
      const action = done(cloud, "assign_primary_ip", resources(ip, server.id));
      return created({ primary_ip: renderPrimaryIp(ip), action: renderAction(action) });
    },
  },
  {
    method: "PUT",
    path: "/primary_ips/{id}",
    handle: (cloud, { ids, body }) => {
      const ip = find(cloud, ids.id);
      renameAndLabel(ip, body, cloud.state.primaryIps, "primary_ip");
      ip.autoDelete = flag(body, "auto_delete", ip.autoDelete);
      return ok({ primary_ip: renderPrimaryIp(ip) });
    },
  },
  {
    method: "DELETE",
    path: "/primary_ips/{id}",
    handle: (cloud, { ids }) => {
      const ip = find(cloud, ids.id);
      if (ip.protected) throw new ApiError("protected", "primary IP is protected");
      if (ip.assignee !== null)
        throw new ApiError("must_be_unassigned", "primary IP must be unassigned before it can be deleted");
      cloud.state.primaryIps = without(cloud.state.primaryIps, ip);
      return noContent;
    },
  },
  {
    method: "POST",
    path: "/primary_ips/{id}/actions/assign",
    handle: (cloud, { ids, body }) => {
      const ip = find(cloud, ids.id);
      choice(body, "assignee_type", ["server"] as const);
      const server = stoppedServer(cloud, integer(body, "assignee_id"));
      assign(cloud, ip, server);
      const action = done(cloud, "assign_primary_ip", resources(ip, server.id));
      return created({ action: renderAction(action) });
    },
  },
  {
    method: "POST",
    path: "/primary_ips/{id}/actions/unassign",
    handle: (cloud, { ids }) => {
      const ip = find(cloud, ids.id);
      if (ip.assignee === null) throw invalidInput({ id: "primary IP is not assigned" });
      const server = stoppedServer(cloud, ip.assignee);
      ip.assignee = null;
      const action = done(cloud, "unassign_primary_ip", resources(ip, server.id));
      return created({ action: renderAction(action) });
    },
  },
  {
    method: "POST",
    path: "/primary_ips/{id}/actions/change_protection",
    handle: (cloud, { ids, body }) => {
      const ip = find(cloud, ids.id);
      ip.protected = flag(body, "delete", ip.protected);
      const action = done(cloud, "change_protection", [{ type: "primary_ip", id: ip.id }]);
      return created({ action: renderAction(action) });
    },
  },
  {
    method: "POST",
    path: "/primary_ips/{id}/actions/change_dns_ptr",
    handle: (cloud, { ids, body }) => {
      const ip = find(cloud, ids.id);
      const address = text(body, "ip");
      if (!isOf(ip, address)) throw notFound("ip", address);
      const name = optionalText(body, "dns_ptr");
      if (name === undefined) delete ip.dnsPtr[address];
      else ip.dnsPtr[address] = name;
      const action = done(cloud, "change_dns_ptr", [{ type: "primary_ip", id: ip.id }]);
      return created({ action: renderAction(action) });
    },
  },
];
