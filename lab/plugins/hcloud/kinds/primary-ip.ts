import { labels, name, off } from "../common-fields";
import { hasCode } from "../client/errors";
import { Session, TRIES } from "../client/session";
import { changes, Kind } from "../kind";
import { oneOf } from "../validators";

export const primaryIp: Kind = {
  token: "hcloud:index/primaryIp:PrimaryIp",
  library: "framework",
  numericId: true,
  fields: {
    name,
    type: { kind: "string", required: true, forceNew: true, check: oneOf("ipv4", "ipv6") },
    location: { kind: "string", optional: true, computed: true, forceNew: true, settled: true },
    datacenter: { kind: "string", optional: true, computed: true, refused: {} },
    assigneeId: { kind: "number", optional: true, computed: true, refused: {} },
    assigneeType: { kind: "string", optional: true, computed: true, refused: {} },
    autoDelete: { ...off, computed: true },
    labels: { ...labels, computed: true, default: {} },
    deleteProtection: { ...off, computed: true },
    ipAddress: { kind: "string", computed: true, settled: true },
    ipNetwork: { kind: "string", computed: true, settled: true },
  },
  together: ({ location }) =>
    location === undefined
      ? "A Primary IP needs a location: the lab's stand-in of the hcloud plugin has no other way to place it."
      : undefined,

  async create(api, planned, made) {
    const answer = await api.post("/primary_ips", {
      name: planned.name,
      type: planned.type,
      location: planned.location,
      auto_delete: planned.autoDelete,
      labels: planned.labels,
    });
    const id = `${answer.primary_ip.id}`;
    made(id);
    await api.settle(answer);
    if (planned.deleteProtection) await protect(api, id, true);
  },

  async read(api, id) {
    const ip = await api.find(`/primary_ips/${id}`, "primary_ip");
    return (
      ip && {
        name: ip.name,
        type: ip.type,
        location: ip.location.name,
        assigneeId: ip.assignee_id ?? 0,
        assigneeType: ip.assignee_type,
        autoDelete: ip.auto_delete,
        labels: ip.labels,
        deleteProtection: ip.protection.delete,
        // Of IPv6 it is a whole network.
        ipAddress: ip.ip.split("/")[0],
        ipNetwork: ip.type === "ipv6" ? ip.ip : null,
      }
    );
  },

  async update(api, id, state, planned) {
    const body = {
      ...(changes(state, planned, "name") && { name: planned.name }),
      ...(changes(state, planned, "autoDelete") && { auto_delete: planned.autoDelete }),
      ...(changes(state, planned, "labels") && { labels: planned.labels }),
    };
    if (Object.keys(body).length) await api.put(`/primary_ips/${id}`, body);
    if (changes(state, planned, "deleteProtection")) await protect(api, id, planned.deleteProtection);
  },

  async delete(api, id, { assigneeId }) {
    if (assigneeId) await api.find(`/servers/${assigneeId}`, "server");
    await api.persist(
      2 * TRIES,
      (error) => !hasCode(error, "protected"),
      async () => {
        await api.delete(`/primary_ips/${id}`).catch((error) => {
          if (!hasCode(error, "not_found")) throw error;
        });
      },
    );
  },
};

const protect = (api: Session, id: string, on: boolean) =>
  api.act(`/primary_ips/${id}/actions/change_protection`, { delete: on });
