import { ok } from "../answer";
import { Cloud } from "../cloud";
import { listAnswer } from "../lists";
import { byId } from "../names";
import { Route } from "../routes";
import { findLocation } from "./locations";
import { pricesOf } from "./prices";
import { isAvailable } from "./stock";
import { soldTypes } from "./changes";
import { ServerType } from "./types";

/** A server type as the API shows it, with what can be ordered where now. */
export const renderType = (cloud: Cloud, type: ServerType) => ({
  id: type.id,
  name: type.name,
  description: type.name.toUpperCase(),
  category: type.category,
  cores: type.cores,
  memory: type.memory,
  disk: type.disk,
  storage_type: "local",
  cpu_type: type.cpuType,
  architecture: type.architecture,
  prices: pricesOf(type),
  deprecated: type.deprecation !== null,
  deprecation: type.deprecation,
  locations: type.locations.map((location) => ({
    id: findLocation(location)!.id,
    name: location,
    deprecation: type.deprecation,
    available: isAvailable(cloud, type, location),
    recommended: type.deprecation === null && isAvailable(cloud, type, location),
  })),
});

export const serverTypeRoutes: Route[] = [
  {
    method: "GET",
    path: "/server_types",
    handle: (cloud, request) =>
      listAnswer(
        request,
        "server_types",
        soldTypes(cloud.state).map((type) => renderType(cloud, type)),
      ),
  },
  {
    method: "GET",
    path: "/server_types/{id}",
    handle: (cloud, { ids }) =>
      ok({ server_type: renderType(cloud, byId(soldTypes(cloud.state), ids.id, "server_type")) }),
  },
];
