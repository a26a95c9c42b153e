import { Properties } from "../../../values";
import { Session, TRIES } from "../../client/session";

/** @throws where there is none of this id */
export async function findGroup(api: Session, id: number): Promise<Properties> {
  const group = await api.find(`/placement_groups/${id}`, "placement_group");
  if (!group) throw new Error(`placement group not found: ${id}`);
  return group;
}

export const protect = (api: Session, id: string, deletion: boolean, rebuild: boolean): Promise<void> =>
  api.act(`/servers/${id}/actions/change_protection`, { delete: deletion, rebuild });

export const powerOff = (api: Session, id: string): Promise<void> =>
  api.act(`/servers/${id}/actions/poweroff`);

/** Whatever stops it is tried again. */
export const powerOn = (api: Session, id: string): Promise<void> =>
  api.persist(
    TRIES,
    () => true,
    () => api.act(`/servers/${id}/actions/poweron`),
  );
