import { labels, name, off } from "../common-fields";
import { hasCode } from "../client/errors";
import { changes, Kind } from "../kind";
import { isCidr } from "../validators";

export const network: Kind = {
  token: "hcloud:index/network:Network",
  library: "sdk",
  fields: {
    name,
    ipRange: {
      kind: "string",
      required: true,
      forceNew: true,
      check: (range) =>
        isCidr(range)
          ? undefined
          : `expected "ip_range" to be a valid IPv4 Value, got ${range}: invalid CIDR address: ${range}`,
    },
    labels,
    deleteProtection: off,
    exposeRoutesToVswitch: { ...off, refused: { only: false } },
  },

  async create(api, planned, made) {
    const body = { name: planned.name, ip_range: planned.ipRange, labels: planned.labels ?? undefined };
    const { network: created } = await api.post("/networks", body);
    made(`${created.id}`);
    if (planned.deleteProtection) await protect(api, `${created.id}`, true);
  },

  async read(api, id) {
    const found = await api.find(`/networks/${id}`, "network");
    return (
      found && {
        name: found.name,
        ipRange: found.ip_range,
        labels: found.labels,
        deleteProtection: found.protection.delete,
        exposeRoutesToVswitch: found.expose_routes_to_vswitch,
      }
    );
  },

  async update(api, id, state, planned) {
    if (changes(state, planned, "name")) await api.put(`/networks/${id}`, { name: planned.name });
    if (changes(state, planned, "labels")) await api.put(`/networks/${id}`, { labels: planned.labels ?? {} });
    if (changes(state, planned, "deleteProtection")) await protect(api, id, planned.deleteProtection);
  },

  async delete(api, id) {
    await api.delete(`/networks/${id}`).catch((error) => {
      if (!hasCode(error, "not_found")) throw error;
    });
  },
};

const protect: (api: Parameters<Kind["read"]>[0], id: string, on: boolean) => Promise<void> = (api, id, on) =>
  api.act(`/networks/${id}/actions/change_protection`, { delete: on });
