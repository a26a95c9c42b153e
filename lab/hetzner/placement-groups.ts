import { created, noContent, ok } from "./answer";
import { ApiError } from "./api-error";
import { Cloud } from "./cloud";
import { choice } from "./fields";
import { listAnswer } from "./lists";
import { byId, newNamed, renameAndLabel, without } from "./names";
import { Route } from "./routes";
import { PlacementGroup } from "./state";

/** Servers that a spread group holds at most. */
const MEMBERS = 10;

/** Placement groups that a project holds at most. */
const GROUPS = 50;

export const renderPlacementGroup = ({ state }: Cloud, group: PlacementGroup) => ({
  id: group.id,
  name: group.name,
  labels: group.labels,
  type: group.type,
  servers: members(group, state.servers),
  created: group.created,
});

const members = (group: PlacementGroup, servers: { id: number; placementGroup: number | null }[]) =>
  servers.filter(({ placementGroup }) => placementGroup === group.id).map(({ id }) => id);

/** @throws ApiError when the group has no place for another server */
export function refuseFull({ state }: Cloud, group: PlacementGroup): void {
  if (members(group, state.servers).length >= MEMBERS)
    throw new ApiError(
      "placement_group_member_limit_reached",
      `placement group ${group.id} has ${MEMBERS} servers`,
    );
}

export const placementGroupRoutes: Route[] = [
  {
    method: "GET",
    path: "/placement_groups",
    handle: (cloud, request) =>
      listAnswer(
        request,
        "placement_groups",
        cloud.state.placementGroups.map((group) => renderPlacementGroup(cloud, group)),
        { type: ({ type }) => type },
      ),
  },
  {
    method: "GET",
    path: "/placement_groups/{id}",
    handle: (cloud, { ids }) =>
      ok({
        placement_group: renderPlacementGroup(
          cloud,
          byId(cloud.state.placementGroups, ids.id, "placement_group"),
        ),
      }),
  },
  {
    method: "POST",
    path: "/placement_groups",
    handle: (cloud, { body }) => {
      const { placementGroups } = cloud.state;
      if (placementGroups.length >= GROUPS)
        throw new ApiError("resource_limit_exceeded", "placement group limit exceeded");
      const type = choice(body, "type", ["spread"] as const);
      const group = { ...newNamed(cloud, body, placementGroups, "placement_group"), type };
      placementGroups.push(group);
      return created({ placement_group: renderPlacementGroup(cloud, group), action: null });
    },
  },
  {
    method: "PUT",
    path: "/placement_groups/{id}",
    handle: (cloud, { ids, body }) => {
      const group = byId(cloud.state.placementGroups, ids.id, "placement_group");
      renameAndLabel(group, body, cloud.state.placementGroups, "placement_group");
      return ok({ placement_group: renderPlacementGroup(cloud, group) });
    },
  },
  {
    method: "DELETE",
    path: "/placement_groups/{id}",
    handle: ({ state }, { ids }) => {
      const group = byId(state.placementGroups, ids.id, "placement_group");
      if (members(group, state.servers).length > 0)
        throw new ApiError("resource_in_use", `placement group ${group.id} still has servers`);
      state.placementGroups = without(state.placementGroups, group);
      return noContent;
    },
  },
];
