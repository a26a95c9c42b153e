import { CallOptions, HetznerApi } from "./api";
import { ApiServer } from "./servers";

export const isOff = ({ status }: { status: string }): boolean => status === "off";

/** Switches a server on that is off. @returns whether it was */
export async function switchOn(
  api: HetznerApi,
  server: string | number,
  options: CallOptions = {},
): Promise<boolean> {
  const path = `/servers/${server}`;
  const now = await api.get<{ server: { status: string } }>(path, options);
  if (!isOff(now.server)) return false;
  await api.act(`${path}/actions/poweron`, {}, options);
  return true;
}

/**
 * Makes a server run, as the type that it shall have: a change of its type that was killed leaves it another, or off, and
 * hcloud's plugin knows only what is in its state. The disk stays as large as it is.
 */
export async function runAs(
  api: HetznerApi,
  server: string | number,
  type: string,
  options: CallOptions = {},
): Promise<void> {
  const path = `/servers/${server}`;
  const now = (await api.get<{ server: Pick<ApiServer, "status" | "server_type"> }>(path, options)).server;
  const isOther = now.server_type.name !== type;
  if (!isOther && !isOff(now)) return;
  try {
    if (isOther) {
      if (!isOff(now)) await api.act(`${path}/actions/poweroff`, {}, options);
      await api.act(`${path}/actions/change_type`, { server_type: type, upgrade_disk: false }, options);
    }
  } finally {
    await api.act(`${path}/actions/poweron`, {}, options); // of whatever type it is, it does its work
  }
}
