import { Properties } from "../../../values";
import { Session } from "../../client/session";
import { findGroup, protect } from "./actions";

/** Orders a server, and waits until all is done that the order brings with it. */
export async function order(api: Session, planned: Properties, made: (id: string) => void): Promise<void> {
  const type = await named(api, "/server_types", "server_type", planned.serverType);
  if (!type) throw new Error(`server type ${planned.serverType} not found`);
  const image = await imageFor(api, planned.image ?? "", type.architecture);
  if (!image) throw new Error(`image ${planned.image ?? ""} for architecture ${type.architecture} not found`);
  const keys: number[] = [];
  for (const key of planned.sshKeys ?? []) keys.push((await sshKey(api, key)).id);
  const group = planned.placementGroupId && (await findGroup(api, planned.placementGroupId)).id;

  const answer = await api.post("/servers", {
    name: planned.name,
    server_type: planned.serverType,
    image: image.id,
    ...(planned.location && { location: planned.location }),
    ...(keys.length && { ssh_keys: keys }),
    ...(planned.userData && { user_data: planned.userData }),
    ...(planned.labels && { labels: planned.labels }),
    ...(planned.firewallIds?.length && {
      firewalls: planned.firewallIds.map((firewall: number) => ({ firewall })),
    }),
    ...(group && { placement_group: group }),
    ...(planned.publicNets.length && { public_net: publicNet(planned.publicNets[0]) }),
  });
  const id = `${answer.server.id}`;
  made(id);
  await api.settle(answer);
  const { deleteProtection, rebuildProtection } = planned;
  if (deleteProtection || rebuildProtection) await protect(api, id, deleteProtection, rebuildProtection);
}

const publicNet = ({ ipv4Enabled, ipv4, ipv6Enabled, ipv6 }: Properties) => ({
  enable_ipv4: ipv4Enabled || Boolean(ipv4),
  enable_ipv6: ipv6Enabled || Boolean(ipv6),
  ...(ipv4 && { ipv4 }),
  ...(ipv6 && { ipv6 }),
});

/** What looks like a number is an id first, and a name where there is none of it. */
async function named(
  api: Session,
  path: string,
  kind: string,
  nameOrId: string,
): Promise<Properties | undefined> {
  if (/^\d+$/.test(nameOrId)) {
    const found = await api.find(`${path}/${nameOrId}`, kind);
    if (found) return found;
  }
  const answer = await api.get(`${path}?name=${encodeURIComponent(nameOrId)}`);
  return answer[path.slice(1)][0];
}

async function imageFor(
  api: Session,
  nameOrId: string,
  architecture: string,
): Promise<Properties | undefined> {
  if (!nameOrId) return undefined;
  if (/^\d+$/.test(nameOrId)) {
    const found = await api.find(`/images/${nameOrId}`, "image");
    if (found) return found;
  }
  const query = `architecture=${architecture}&include_deprecated=true&name=${encodeURIComponent(nameOrId)}`;
  return (await api.get(`/images?${query}`)).images[0];
}

async function sshKey(api: Session, nameOrId: string): Promise<Properties> {
  const key = await named(api, "/ssh_keys", "ssh_key", nameOrId);
  if (!key) throw new Error(`SSH key not found: ${nameOrId}`);
  return key;
}
