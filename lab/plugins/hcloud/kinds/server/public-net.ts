import { Properties } from "../../../values";
import { Session } from "../../client/session";
import { powerOff, powerOn } from "./actions";

const VERSIONS = ["ipv4", "ipv6"] as const;

/**
 * Gives a server other Primary IPs, for which it is off meanwhile. Addresses that nobody manages are thrown away.
 * @param before what the state has wished so far; undefined where it wished nothing
 */
export async function updatePublicNet(
  api: Session,
  server: Properties,
  before: Properties | undefined,
  wanted: Properties | undefined,
): Promise<void> {
  if (!wanted) throw new Error("publicNets cannot be taken away by the lab's stand-in of the hcloud plugin");
  for (const version of VERSIONS) {
    const [enabled, id] = [wanted[`${version}Enabled`], wanted[version]];
    if (!enabled && id) throw new Error(`this operation is not allowed: ipv4_enabled = false | ipv4 = ${id}`);
    if (enabled && !id && !(before?.[`${version}Enabled`] && !before[version]))
      throw new Error(
        `a Primary IP (${version}) that nobody manages cannot be made by the lab's stand-in of the hcloud plugin`,
      );
  }
  const id = `${server.id}`;
  await powerOff(api, id);
  try {
    for (const version of VERSIONS) {
      const unmanaged = wanted[`${version}Enabled`] && !wanted[version];
      if (!unmanaged)
        await change(api, server, version, before?.[version] || undefined, wanted[version] || undefined);
    }
  } finally {
    await powerOn(api, id);
  }
}

async function change(
  api: Session,
  server: Properties,
  version: (typeof VERSIONS)[number],
  managed: number | undefined,
  wanted: number | undefined,
): Promise<void> {
  const here: number | undefined = server.public_net[version]?.id ?? undefined;
  if (here === wanted) return;
  if (here !== undefined) {
    await api.act(`/primary_ips/${here}/actions/unassign`);
    if (managed === undefined) await api.delete(`/primary_ips/${here}`);
  }
  if (wanted === undefined) return;
  await api.act(`/primary_ips/${wanted}/actions/assign`, { assignee_id: server.id, assignee_type: "server" });
}
