import { Kind } from "../../kind";
import { fields } from "./fields";
import { order } from "./order";
import { stateOf } from "./state";
import { update } from "./update";

export const server: Kind = {
  token: "hcloud:index/server:Server",
  library: "sdk",
  createTimeout: 90 * 60,
  fields,
  create: order,

  async read(api, id, state) {
    const found = await api.find(`/servers/${id}`, "server");
    return found && stateOf(found, state);
  },

  update,

  async delete(api, id) {
    await api.settle(await api.delete(`/servers/${id}`)); // for the provider, one that is gone is an error
  },
};
