import { CallOptions, HetznerApi } from "./api";

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
