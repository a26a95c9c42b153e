import { begin, refuseLocked, renderAction } from "../actions";
import { ok } from "../answer";
import { ApiError } from "../api-error";
import { listAnswer } from "../lists";
import { renameAndLabel } from "../names";
import { Route } from "../routes";
import { createServer } from "./create";
import { findServer, renderServer, resource } from "./servers";

export const serverRoutes: Route[] = [
  {
    method: "GET",
    path: "/servers",
    handle: (cloud, request) =>
      listAnswer(
        request,
        "servers",
        cloud.state.servers.map((server) => renderServer(cloud, server)),
        { status: ({ status }) => status },
      ),
  },
  {
    method: "GET",
    path: "/servers/{id}",
    handle: (cloud, { ids }) => ok({ server: renderServer(cloud, findServer(cloud, ids.id)) }),
  },
  { method: "POST", path: "/servers", handle: createServer },
  {
    method: "PUT",
    path: "/servers/{id}",
    handle: (cloud, { ids, body }) => {
      const server = findServer(cloud, ids.id);
      renameAndLabel(server, body, cloud.state.servers, "server");
      return ok({ server: renderServer(cloud, server) });
    },
  },
  {
    method: "DELETE",
    path: "/servers/{id}",
    handle: (cloud, { ids }) => {
      const server = findServer(cloud, ids.id);
      if (server.protected) throw new ApiError("protected", "server is protected from deletion");
      refuseLocked(cloud, "server", server.id);
      server.status = "deleting";
      const action = begin(cloud, "delete_server", [resource(server.id)], {
        do: "deleteServer",
        server: server.id,
      });
      return ok({ action: renderAction(action) });
    },
  },
];
