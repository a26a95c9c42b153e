import { ActionRecord, renderAction } from "./actions";
import { ok } from "./answer";
import { ApiError } from "./api-error";
import { Cloud } from "./cloud";
import { listAnswer } from "./lists";
import { byId } from "./names";
import { Route } from "./routes";

const FILTERS = {
  id: ({ id }: { id: number }) => String(id),
  status: ({ status }: { status: string }) => status,
};

/** Kinds whose objects' actions can be asked for below them: folder of the API to type of resource. */
const KINDS: Record<string, string> = {
  servers: "server",
  networks: "network",
  firewalls: "firewall",
  primary_ips: "primary_ip",
};

const about = ({ state }: Cloud, type: string, id?: number): ActionRecord[] =>
  state.actions.filter(({ resources }) =>
    resources.some((resource) => resource.type === type && (id === undefined || resource.id === id)),
  );

const routesOf = ([folder, type]: [string, string]): Route[] => [
  {
    method: "GET",
    path: `/${folder}/actions`,
    handle: (cloud, request) => listAnswer(request, "actions", about(cloud, type).map(renderAction), FILTERS),
  },
  {
    method: "GET",
    path: `/${folder}/actions/{id}`,
    handle: (cloud, { ids }) => ok({ action: renderAction(byId(about(cloud, type), ids.id, "action")) }),
  },
  {
    method: "GET",
    path: `/${folder}/{id}/actions`,
    handle: (cloud, request) =>
      listAnswer(request, "actions", about(cloud, type, request.ids.id).map(renderAction), FILTERS),
  },
  {
    method: "GET",
    path: `/${folder}/{id}/actions/{action_id}`,
    handle: (cloud, { ids }) =>
      ok({ action: renderAction(byId(about(cloud, type, ids.id), ids.action_id, "action")) }),
  },
];

export const actionRoutes: Route[] = [
  {
    method: "GET",
    path: "/actions",
    handle: (cloud, request) => {
      if (!request.query.has("id"))
        throw new ApiError("deprecated_api_endpoint", "listing all actions was removed, ask for ids", {
          announcement: "https://docs.hetzner.cloud/changelog#2023-07-20-actions-list-endpoint-is-deprecated",
        });
      return listAnswer(request, "actions", cloud.state.actions.map(renderAction), FILTERS);
    },
  },
  {
    method: "GET",
    path: "/actions/{id}",
    handle: ({ state }, { ids }) => ok({ action: renderAction(byId(state.actions, ids.id, "action")) }),
  },
  ...Object.entries(KINDS).flatMap(routesOf),
];
