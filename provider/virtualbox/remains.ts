import { readdir, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isFault } from "./errors";
import { deleteDisk, Disks, exists, listDisks } from "./media";
import { DISK, ownerOf, Place, placeBySettings, placeOf, removeOwnFiles, SEED } from "./own-files";
import { Medium, parseBlocks } from "./parse";
import { groupOf, Identity } from "./spec";
import { VBoxManage } from "./vboxmanage";
import { Vm } from "./vm";

/** What a machine that VirtualBox does not know (any more) has left on the box: what is its own, and what is not. */

/**
 * createvm writes a settings file first and registers the machine then: killed in between it leaves that file, over
 * which the next createvm would stumble. More than that is no partially created machine, and not ours to throw away.
 */
export async function clearRemains(vbox: VBoxManage, identity: Identity): Promise<void> {
  const path = await settingsOf(vbox, identity);
  const folder = dirname(path);
  const settings = basename(path);
  const owner = await ownerOf(path);
  if (owner !== undefined && owner !== identity.uuid) {
    throw new Error(
      `${path} has the settings of another machine (${owner}) in the place of ${identity.name}. Give that machine another ` +
        `name or group in VirtualBox, or remove it, and run this again.`,
    );
  }
  const remains = await readdir(folder).catch(() => [] as string[]);
  const own = remains.filter((name) => name === settings || name === `${settings}-prev`);
  const others = remains.filter((name) => !own.includes(name));
  // Files beside no settings and no disk are no machine: they were left by one that was destroyed, since they are
  // not ours, and are in nobody's way.
  if (others.includes(DISK) || (own.length > 0 && others.length > 0)) {
    const back = own.includes(settings)
      ? `, or give the machine back to VirtualBox with \`VBoxManage registervm '${path}'\``
      : "";
    throw new Error(
      `${folder} holds files of a machine that VirtualBox does not know any more (${remains.sort().join(", ")}), ` +
        `and they may be all that is left of its data. Move or delete that folder${back}, and run this again.`,
    );
  }
  for (const name of own) await rm(join(folder, name));
}

/**
 * Deletes what is the machine's own; it must not be registered any more.
 * @param vm the machine as it was; undefined when it was not there
 * @returns sentences about what stays
 */
export async function removeRemains(
  vbox: VBoxManage,
  identity: Identity,
  vm: Vm | undefined,
): Promise<string[]> {
  const place = vm ? placeOf(vm) : placeBySettings(await settingsOf(vbox, identity));
  const owner = vm ? identity.uuid : await ownerOf(place.settings);
  if (owner !== undefined && owner !== identity.uuid)
    return [`${place.folder} has the settings of another machine (${owner}), and stays as it is.`];
  return removeFrom(vbox, identity, place, vm);
}

/** Likewise of a machine whose settings VirtualBox could not read, by the path that it had for them. */
export async function removeUnreadable(
  vbox: VBoxManage,
  identity: Identity,
  settings: string,
): Promise<string[]> {
  const unregistered = `VirtualBox could not read ${settings}, and has forgotten the machine`;
  const place = placeBySettings(settings);
  if (!liesInItsGroup(place.folder, identity))
    return [`${unregistered}. That is not where kluster makes machines: its files were left.`];
  if (!(await exists(place.folder)))
    return [`${unregistered}. If it lies on a drive that is not mounted now, its files are still there.`];
  return removeFrom(vbox, identity, place, undefined);
}

async function removeFrom(
  vbox: VBoxManage,
  identity: Identity,
  place: Place,
  vm: Vm | undefined,
): Promise<string[]> {
  const kept = new Map<string, string>();
  for (const file of [join(place.folder, SEED), join(place.folder, DISK)]) {
    const reason = await removeDisk(vbox, file, place.snapshots);
    if (reason) kept.set(file, reason);
  }
  const disks = await listDisks(vbox);
  for (const { uuid } of vm?.attached ?? []) {
    const disk = disks.byUuid(uuid);
    if (disk && !kept.has(disks.base(disk).location))
      kept.set(
        disk.location,
        `${described(disk, disks)} was attached to ${identity.name} and is not kluster's: it stays.`,
      );
  }
  const left = (await removeOwnFiles(place)).filter((path) => !kept.has(join(place.folder, path)));
  await removeGroupFolders(place.folder, identity);
  return [
    ...kept.values(),
    ...(left.length > 0
      ? [`${place.folder} stays, as it holds what is not kluster's: ${left.join(", ")}`]
      : []),
  ];
}

/** @returns why it stays, if it does */
async function removeDisk(vbox: VBoxManage, file: string, snapshots: string): Promise<string | undefined> {
  try {
    await deleteDisk(vbox, file, snapshots);
    return undefined;
  } catch (error) {
    if (!isFault(error, "in-use")) throw error;
    return `${file} is still used, and stays (${error.reason}). When nothing needs it any more, delete it: it holds what was on the machine.`;
  }
}

/** A disk that a snapshot put on top of another has what was written since; both are needed. */
function described(disk: Medium, disks: Disks): string {
  const base = disks.base(disk);
  return base === disk ? disk.location : `${disk.location}, on top of ${base.location},`;
}

/** A folder that is named so can be nobody else's: the stack's identity is a random one. */
const liesInItsGroup = (folder: string, { name, stackId }: Identity) =>
  folder.endsWith(join(groupOf(stackId), name));

/** Removes the group's folders if they are empty now; elsewhere they are somebody else's. */
async function removeGroupFolders(folder: string, identity: Identity): Promise<void> {
  if (!liesInItsGroup(folder, identity)) return;
  for (const empty of [dirname(folder), dirname(dirname(folder))]) await rmdir(empty).catch(() => {});
}

/** Where VirtualBox keeps the settings of a machine of that name and group. */
async function settingsOf(vbox: VBoxManage, { name, stackId, baseFolder }: Identity): Promise<string> {
  return join(baseFolder ?? (await defaultFolder(vbox)), groupOf(stackId), name, `${name}.vbox`);
}

async function defaultFolder(vbox: VBoxManage): Promise<string> {
  const { stdout } = await vbox.retrying(["list", "systemproperties"]);
  const folder = parseBlocks(stdout)[0]?.get("Default machine folder");
  if (!folder)
    throw new Error("VirtualBox names no default machine folder (`VBoxManage list systemproperties`)");
  return folder;
}
