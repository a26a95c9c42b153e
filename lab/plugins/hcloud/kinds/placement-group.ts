import { labels, name } from "../common-fields";
import { changes, Kind } from "../kind";

export const placementGroup: Kind = {
  token: "hcloud:index/placementGroup:PlacementGroup",
  library: "sdk",
  fields: {
    name,
    labels,
    servers: { kind: "set", of: "number", computed: true },
    type: {
      kind: "string",
      required: true,
      check: (type) => (type === "spread" ? undefined : `${type} is not a valid placement group type`),
    },
  },

  async create(api, planned, made) {
    const answer = await api.post("/placement_groups", {
      name: planned.name,
      type: planned.type,
      labels: planned.labels ?? undefined,
    });
    made(`${answer.placement_group.id}`);
    await api.settle(answer);
  },

  async read(api, id) {
    const group = await api.find(`/placement_groups/${id}`, "placement_group");
    return group && { name: group.name, labels: group.labels, type: group.type, servers: group.servers };
  },

  async update(api, id, state, planned) {
    const path = `/placement_groups/${id}`;
    await api.get(path);
    if (changes(state, planned, "name")) await api.put(path, { name: planned.name });
    if (changes(state, planned, "labels")) await api.put(path, { labels: planned.labels ?? {} });
  },

  async delete(api, id) {
    await api.delete(`/placement_groups/${id}`); // for the provider, one that is gone is an error
  },
};
