import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { notModelled } from "./syntax";
import { Session } from "./box";
import { cloneDiskFile } from "./disk-file";
import { childrenOf, machineFolder, mediumByUuid } from "./registry";
import { Medium, Snapshot, VirtualMachine } from "./state";

export const snapshotsFolder = (machine: VirtualMachine) => join(machineFolder(machine), "Snapshots");

/**
 * Keeps the VM's drives as they are, and puts a differencing disk on top of each of its disks. In the lab that one's
 * file is a whole copy.
 */
export function takeSnapshot(session: Session, machine: VirtualMachine, name: string): Snapshot {
  const snapshot: Snapshot = {
    uuid: session.uuid(),
    name,
    attachments: structuredClone(machine.attachments),
  };
  for (const attachment of machine.attachments) {
    if (attachment.kind !== "disk") continue;
    const below = mediumByUuid(session.state, attachment.medium!);
    const uuid = session.uuid();
    const location = join(snapshotsFolder(machine), `{${uuid}}.vdi`);
    cloneDiskFile(below.location, location);
    session.state.media.push({ ...below, uuid, location, parent: below.uuid });
    attachment.medium = uuid;
  }
  machine.snapshots = [...(machine.snapshots ?? []), snapshot];
  return snapshot;
}

/**
 * Forgets a snapshot: each disk that it held takes over what the one disk on top of it has; a differencing disk with
 * nothing on top goes, any other is only let go.
 */
export function deleteSnapshot({ state }: Session, machine: VirtualMachine, snapshot: Snapshot): void {
  machine.snapshots = machine.snapshots!.filter((other) => other !== snapshot);
  for (const { kind, medium: uuid } of snapshot.attachments) {
    const medium = kind === "disk" && uuid !== null ? mediumByUuid(state, uuid) : undefined;
    if (!medium) continue;
    const [child, ...others] = childrenOf(state, medium);
    if (others.length > 0)
      throw notModelled("snapshot", "deleting a snapshot that several disks are built on");
    if (child) merge(state.media, machine, child, medium);
    else if (medium.parent) rmSync(medium.location, { force: true });
    const gone = child ?? (medium.parent ? medium : undefined);
    state.media = state.media.filter((other) => other !== gone);
  }
}

function merge(media: Medium[], machine: VirtualMachine, from: Medium, into: Medium): void {
  renameSync(from.location, into.location);
  into.capacity = from.capacity;
  for (const medium of media) if (medium.parent === from.uuid) medium.parent = into.uuid;
  const all = [machine.attachments, ...(machine.snapshots ?? []).map(({ attachments }) => attachments)];
  for (const attachment of all.flat()) if (attachment.medium === from.uuid) attachment.medium = into.uuid;
}
