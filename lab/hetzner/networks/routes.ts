import { begin, done, isLocked, renderAction } from "../actions";
import { isIPv4 } from "node:net";
import { contains, isPrivate, overlap, parseRange, toNumber } from "../addresses";
import { ApiAnswer, created, noContent, ok } from "../answer";
import { ApiError, invalidInput } from "../api-error";
import { Cloud } from "../cloud";
import { flag, objects, text } from "../fields";
import { listAnswer } from "../lists";
import { byId, newNamed, renameAndLabel, without } from "../names";
import { Route } from "../routes";
import { Network } from "../state";
import { attached, gatewayOf, rangeProblem, rangesOf, renderNetwork } from "./networks";
import { addSubnet } from "./subnets";

const find = ({ state }: Cloud, id: number) => byId(state.networks, id, "network");

/** A handler for an action that changes a network: only one at a time. */
const changing =
  (
    command: string,
    change: (cloud: Cloud, network: Network, body: Record<string, unknown>) => void,
  ): Route["handle"] =>
  (cloud, { ids, body }): ApiAnswer => {
    const network = find(cloud, ids.id);
    if (isLocked(cloud, "network", network.id))
      throw new ApiError("conflict", "the network is being changed, please retry");
    change(cloud, network, body);
    const action = begin(cloud, command, [{ type: "network", id: network.id }], { do: "nothing" });
    return created({ action: renderAction(action) });
  };

export const networkRoutes: Route[] = [
  {
    method: "GET",
    path: "/networks",
    handle: (cloud, request) =>
      listAnswer(
        request,
        "networks",
        cloud.state.networks.map((network) => renderNetwork(cloud, network)),
      ),
  },
  {
    method: "GET",
    path: "/networks/{id}",
    handle: (cloud, { ids }) => ok({ network: renderNetwork(cloud, find(cloud, ids.id)) }),
  },
  {
    method: "POST",
    path: "/networks",
    handle: (cloud, { body }) => {
      const ipRange = text(body, "ip_range");
      const problem = rangeProblem(ipRange);
      if (problem) throw invalidInput({ ip_range: problem });
      const network: Network = {
        ...newNamed(cloud, body, cloud.state.networks, "network"),
        ipRange,
        subnets: [],
        routes: [],
        exposeRoutes: flag(body, "expose_routes_to_vswitch", false),
        protected: false,
      };
      for (const subnet of objects(body, "subnets")) addSubnet(network, subnet);
      for (const route of objects(body, "routes")) addRoute(cloud, network, route);
      cloud.state.networks.push(network);
      return created({ network: renderNetwork(cloud, network) });
    },
  },
  {
    method: "PUT",
    path: "/networks/{id}",
    handle: (cloud, { ids, body }) => {
      const network = find(cloud, ids.id);
      renameAndLabel(network, body, cloud.state.networks, "network");
      network.exposeRoutes = flag(body, "expose_routes_to_vswitch", network.exposeRoutes);
      return ok({ network: renderNetwork(cloud, network) });
    },
  },
  {
    method: "DELETE",
    path: "/networks/{id}",
    handle: (cloud, { ids }) => {
      const network = find(cloud, ids.id);
      if (network.protected) throw new ApiError("protected", "network is delete protected");
      // The API detaches what is still attached; a load balancer's network is one that it does not let go.
      for (const server of attached(cloud, network))
        begin(cloud, "detach_from_network", [{ type: "server", id: server.id }], {
          do: "detach",
          server: server.id,
          network: network.id,
        });
      cloud.state.networks = without(cloud.state.networks, network);
      return noContent;
    },
  },
  {
    method: "POST",
    path: "/networks/{id}/actions/add_subnet",
    handle: changing("add_subnet", (_cloud, network, body) => void addSubnet(network, body)),
  },
  {
    method: "POST",
    path: "/networks/{id}/actions/delete_subnet",
    handle: changing("delete_subnet", (cloud, network, body) => {
      const subnet = network.subnets.find(({ ipRange }) => ipRange === text(body, "ip_range"));
      if (!subnet) throw invalidInput({ ip_range: "is no subnet of the network" });
      const range = parseRange(subnet.ipRange)!;
      const nics = attached(cloud, network).flatMap(({ privateNets }) => privateNets);
      if (nics.some(({ network: id, ip }) => id === network.id && inRange(ip, range)))
        throw new ApiError("resource_in_use", "the subnet still has attached resources");
      network.subnets = without(network.subnets, subnet);
    }),
  },
  {
    method: "POST",
    path: "/networks/{id}/actions/add_route",
    handle: changing("add_route", addRoute),
  },
  {
    method: "POST",
    path: "/networks/{id}/actions/delete_route",
    handle: changing("delete_route", (_cloud, network, body) => {
      const route = network.routes.find(
        ({ destination, gateway }) =>
          destination === text(body, "destination") && gateway === text(body, "gateway"),
      );
      if (!route) throw invalidInput({ destination: "is no route of the network" });
      network.routes = without(network.routes, route);
    }),
  },
  {
    method: "POST",
    path: "/networks/{id}/actions/change_ip_range",
    handle: changing("change_ip_range", (_cloud, network, body) => {
      const ipRange = text(body, "ip_range");
      const problem = rangeProblem(ipRange);
      if (problem) throw invalidInput({ ip_range: problem });
      const range = parseRange(ipRange)!;
      if (![parseRange(network.ipRange)!, ...rangesOf(network)].every((part) => contains(range, part)))
        throw invalidInput({ ip_range: "can only be extended" });
      network.ipRange = ipRange;
    }),
  },
  {
    method: "POST",
    path: "/networks/{id}/actions/change_protection",
    handle: (cloud, { ids, body }) => {
      const network = find(cloud, ids.id);
      network.protected = flag(body, "delete", network.protected);
      const action = done(cloud, "change_protection", [{ type: "network", id: network.id }]);
      return created({ action: renderAction(action) });
    },
  },
];

function addRoute(_cloud: Cloud, network: Network, body: Record<string, unknown>): void {
  const [destination, gateway] = [text(body, "destination"), text(body, "gateway")];
  const range = parseRange(destination);
  if (!range || !(destination === "0.0.0.0/0" || isPrivate(range)))
    throw invalidInput({ destination: "must be a private IPv4 range of RFC1918, or 0.0.0.0/0" });
  const others = network.routes.map((route) => parseRange(route.destination)!);
  if (destination !== "0.0.0.0/0" && [...rangesOf(network), ...others].some((other) => overlap(other, range)))
    throw refusedRoute(
      "destination",
      "network route destination overlaps with another subnetwork or network route",
    );
  if (network.routes.some((route) => route.destination === destination))
    throw refusedRoute(
      "destination",
      "network route destination overlaps with another subnetwork or network route",
    );
  if (!isIPv4(gateway) || !inRange(gateway, parseRange(network.ipRange)!))
    throw refusedRoute(
      "gateway",
      `network route gateway not part of the network IP range (${network.ipRange})`,
    );
  if (gateway === gatewayOf(network) || gateway === "172.31.1.1")
    throw refusedRoute("gateway", "invalid gateway");
  network.routes.push({ destination, gateway });
}

const refusedRoute = (field: string, message: string) =>
  new ApiError("invalid_input", message, { fields: [{ name: field, messages: [message] }] });

const inRange = (address: string, range: { first: number; last: number }) =>
  range.first <= toNumber(address) && toNumber(address) <= range.last;
