import { rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Medium, parseMedia } from "./parse";
import { VBoxManage } from "./vboxmanage";

/** Kinds of media, in the words of createmedium and closemedium. */
type Kind = "disk" | "dvd";

/** Looks at a medium by its path or UUID; undefined when there is no such file. */
export async function lookAtMedium(
  vbox: VBoxManage,
  kind: Kind,
  medium: string,
): Promise<Medium | undefined> {
  const answer = await vbox.tolerating(["file-missing", "missing"], ["showmediuminfo", kind, medium]);
  return answer && parseMedia(answer.stdout)[0];
}

/** The disks in VirtualBox's registry. */
export async function listDisks(vbox: VBoxManage): Promise<Disks> {
  return new Disks(parseMedia((await vbox.retrying(["list", "hdds"])).stdout));
}

/** Disks, and which of them are built on which. */
export class Disks {
  constructor(private readonly all: Medium[]) {}

  at(location: string): Medium | undefined {
    return this.all.find((disk) => disk.location === location);
  }

  byUuid(uuid: string): Medium | undefined {
    return this.all.find((disk) => disk.uuid === uuid);
  }

  /** What is built on the disk, and on that, in the order in which it can be closed. */
  above(disk: Medium): Medium[] {
    const children = this.all.filter(({ parent }) => parent === disk.uuid);
    return children.flatMap((child) => [...this.above(child), child]);
  }

  /** The disk that others were put on top of by snapshots, or the disk itself. */
  base(disk: Medium): Medium {
    const parent = disk.parent && this.byUuid(disk.parent);
    return parent ? this.base(parent) : disk;
  }
}

/**
 * Deletes a disk of ours that no machine uses, in VirtualBox's registry and on the file system: first what snapshots
 * of its machine have put on top of it, then the disk itself. What somebody else has built on it stays, and so does the
 * disk then.
 * Finding it gone is fine.
 * @param snapshots folder in which the machine's snapshots have their disks
 * @throws VBoxManageError "in-use" while a machine, a snapshot or another disk needs it
 */
export async function deleteDisk(
  vbox: VBoxManage,
  file: string,
  snapshots = join(dirname(file), "Snapshots"),
): Promise<void> {
  const disks = await listDisks(vbox);
  const disk = disks.at(file);
  const above = disk ? disks.above(disk).filter(({ location }) => dirname(location) === snapshots) : [];
  for (const { uuid, location } of disk ? [...above, disk] : []) {
    await vbox.tolerating(["file-missing", "missing"], ["closemedium", "disk", uuid, "--delete"]);
    await rm(location, { force: true });
  }
  await rm(file, { force: true });
}

/**
 * Takes an ISO image out of VirtualBox's registry when no machine uses it; the file stays. Others may have it
 * attached, or register it this very moment: that is fine.
 */
export async function forgetIso(vbox: VBoxManage, iso: string): Promise<void> {
  const { stdout } = await vbox.retrying(["list", "dvds"]);
  const registered = parseMedia(stdout).find(({ location }) => location === iso);
  if (!registered) return;
  // By UUID: a look by its path would put a file that is gone, or not registered, into the registry again.
  const medium = await lookAtMedium(vbox, "dvd", registered.uuid);
  if (medium && medium.usedBy.length > 0) return;
  await vbox.tolerating(["in-use", "file-missing", "missing"], ["closemedium", "dvd", registered.uuid]);
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
