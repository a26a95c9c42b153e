import { Properties } from "../../../values";
import { Session } from "../../client/session";
import { changes } from "../../kind";
import { findGroup, powerOff, protect } from "./actions";
import { updatePublicNet } from "./public-net";

/** Changes a server in place, in the provider's order. Where one step fails, those before it have been made. */
export async function update(
  api: Session,
  id: string,
  state: Properties,
  planned: Properties,
): Promise<void> {
  const path = `/servers/${id}`;
  const { server } = await api.get(path);
  const differs = (...names: string[]) => changes(state, planned, ...names);

  if (differs("name")) await api.put(path, { name: planned.name });
  if (differs("labels")) await api.put(path, { labels: planned.labels ?? {} });
  if (differs("serverType")) {
    if (server.status === "running") await powerOff(api, id);
    await api.act(`${path}/actions/change_type`, {
      server_type: planned.serverType,
      upgrade_disk: !planned.keepDisk,
    });
  }
  if (differs("firewallIds")) await setFirewalls(api, server, planned.firewallIds);
  if (differs("publicNets")) await updatePublicNet(api, server, state.publicNets[0], planned.publicNets[0]);
  if (differs("placementGroupId")) await setGroup(api, server, planned.placementGroupId);
  if (differs("deleteProtection", "rebuildProtection"))
    await protect(api, id, planned.deleteProtection, planned.rebuildProtection);
}

async function setFirewalls(api: Session, server: Properties, wanted: number[]): Promise<void> {
  const here: number[] = server.public_net.firewalls.map(({ id }: Properties) => id);
  const resource = { type: "server", server: { id: server.id } };
  for (const id of here.filter((one) => !wanted.includes(one)))
    await api.act(`/firewalls/${id}/actions/remove_from_resources`, { remove_from: [resource] });
  for (const id of wanted.filter((one) => !here.includes(one)))
    await api.act(`/firewalls/${id}/actions/apply_to_resources`, { apply_to: [resource] });
}

async function setGroup(api: Session, server: Properties, wanted: number | null): Promise<void> {
  const path = `/servers/${server.id}/actions`;
  if (server.placement_group) await api.act(`${path}/remove_from_placement_group`);
  if (!wanted) return;
  const group = await findGroup(api, wanted);
  await api.act(`${path}/add_to_placement_group`, { placement_group: group.id });
}
