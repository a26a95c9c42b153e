import { labels, name } from "../common-fields";
import { hasCode } from "../client/errors";
import { changes, Kind } from "../kind";

export const sshKey: Kind = {
  token: "hcloud:index/sshKey:SshKey",
  library: "framework",
  fields: {
    name,
    publicKey: { kind: "string", required: true, forceNew: true },
    labels: { ...labels, computed: true, default: {} },
    fingerprint: { kind: "string", computed: true, settled: true },
  },

  async create(api, planned, made) {
    const { ssh_key } = await api.post("/ssh_keys", {
      name: planned.name,
      public_key: planned.publicKey,
      labels: planned.labels,
    });
    made(`${ssh_key.id}`);
  },

  async read(api, id) {
    const key = await api.find(`/ssh_keys/${id}`, "ssh_key");
    return (
      key && { name: key.name, publicKey: key.public_key, labels: key.labels, fingerprint: key.fingerprint }
    );
  },

  async update(api, id, state, planned) {
    await api.put(`/ssh_keys/${id}`, {
      ...(changes(state, planned, "name") && { name: planned.name }),
      ...(changes(state, planned, "labels") && { labels: planned.labels }),
    });
  },

  async delete(api, id) {
    await api.delete(`/ssh_keys/${id}`).catch((error) => {
      if (!hasCode(error, "not_found")) throw error;
    });
  },
};
