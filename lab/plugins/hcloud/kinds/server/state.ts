import { Properties } from "../../../values";

/**
 * What the API's answer says of a server. What it does not (user data, SSH keys, the Primary IPs that were wished)
 * stays as the state has it.
 * @param state for how the image was named: by its name, or by its id
 */
export function stateOf(server: Properties, state: Properties): Properties {
  const { public_net, image } = server;
  const { ipv4, ipv6, firewalls = [] } = public_net;
  const range = ipv6?.ip as string | undefined;
  return {
    name: server.name,
    labels: server.labels,
    serverType: server.server_type.name,
    location: server.location.name,
    status: server.status,
    backupWindow: server.backup_window ?? "",
    backups: Boolean(server.backup_window),
    deleteProtection: server.protection.delete,
    rebuildProtection: server.protection.rebuild,
    firewallIds: firewalls.map(({ id }: Properties) => id),
    primaryDiskSize: server.primary_disk_size,
    placementGroupId: server.placement_group?.id ?? null,
    ipv4Address: ipv4?.ip ?? null,
    // The first address of the network, as the provider makes it.
    ipv6Address: range ? `${range.split("/")[0]}1` : null,
    ipv6Network: range ?? null,
    ...(image && { image: image.name && `${image.id}` !== state.image ? image.name : `${image.id}` }),
  };
}
