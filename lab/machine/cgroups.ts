import { readFileSync, writeFileSync } from "node:fs";
import { mkdir, readdir, readFile, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { createHash } from "node:crypto";

/**
 * Control groups of the machines. Each machine gets a group of its own in every hierarchy and sees that as the root,
 * so that the systemds of several machines do not meet in one tree.
 */
export interface Hierarchy {
  /** Where it is mounted, such as /sys/fs/cgroup/memory. */
  mountPoint: string;
  version: 1 | 2;
}

/** Where a box's own programs look for control groups. */
const standardPlace = "/sys/fs/cgroup";

/**
 * The hierarchies that /proc/self/mountinfo shows, each once however often it is mounted: a chroot with /sys bound shows
 * all of them again. Only those count that are mounted at the standard place, if there are any.
 */
export function parseHierarchies(mountinfo: string): Hierarchy[] {
  const all = cgroupMounts(mountinfo);
  const standard = all.filter(({ mountPoint }) => `${mountPoint}/`.startsWith(`${standardPlace}/`));
  const candidates = standard.length > 0 ? standard : all;
  // Mounts of one hierarchy have one device, those of a part of it, too. A part below the whole comes after it.
  const first = new Map<string, Hierarchy>();
  for (const { device, ...hierarchy } of candidates) if (!first.has(device)) first.set(device, hierarchy);
  return [...first.values()];
}

/** Mounts of control groups that can be reached: of several at one mount point the last, which hides the others. */
function cgroupMounts(mountinfo: string): (Hierarchy & { device: string })[] {
  const found = new Map<string, Hierarchy & { device: string }>();
  for (const line of mountinfo.split("\n")) {
    const [mount, rest] = line.split(" - ");
    const type = rest?.split(" ")[0];
    if (type !== "cgroup" && type !== "cgroup2") continue;
    const [, , device, , mountPoint] = mount.split(" ");
    found.set(mountPoint, { mountPoint, version: type === "cgroup" ? 1 : 2, device });
  }
  return [...found.values()];
}

export const hierarchies = () => parseHierarchies(readFileSync("/proc/self/mountinfo", "utf8"));

/** Name of the group, at the top of every hierarchy, that holds all machines of a lab. */
export const labGroup = (stateFolder: string) =>
  `kluster-lab-${createHash("sha256").update(stateFolder).digest("hex").slice(0, 12)}`;

/** Whether the box has control groups of version 2 alone; then nspawn itself mounts them for the machine. */
export const isUnified = (all: Hierarchy[]) => all.every(({ version }) => version === 2);

/** One machine's group in a hierarchy. */
export const machineGroup = (hierarchy: Hierarchy, stateFolder: string, uuid: string) =>
  join(hierarchy.mountPoint, labGroup(stateFolder), uuid);

/** Makes one machine's group in every hierarchy and gives it what its parents have. Idempotent. */
export async function makeGroups(all: Hierarchy[], stateFolder: string, uuid: string): Promise<void> {
  for (const hierarchy of all) {
    let folder = hierarchy.mountPoint;
    for (const name of [labGroup(stateFolder), uuid]) {
      if (hierarchy.version === 2) delegateControllers(folder);
      const parent = folder;
      folder = join(folder, name);
      await mkdir(folder, { recursive: true });
      await inheritCpuset(parent, folder);
    }
  }
}

/** A group of the second version hands controllers on to its children only when told to. */
function delegateControllers(folder: string): void {
  const controllers = readFileSync(join(folder, "cgroup.controllers"), "utf8").trim();
  for (const controller of controllers.split(" ").filter(Boolean)) {
    try {
      writeFileSync(join(folder, "cgroup.subtree_control"), `+${controller}`);
    } catch {
      // Some controllers cannot be handed on (threaded parents, real-time processes); the machine lacks that one.
    }
  }
}

/** A new cpuset group of the first version takes no process before it has processors and memory nodes. */
async function inheritCpuset(parent: string, folder: string): Promise<void> {
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    const value = await readFile(join(parent, file), "utf8").catch(() => "");
    if (value.trim() && !(await readFile(join(folder, file), "utf8")).trim())
      writeFileSync(join(folder, file), value);
  }
}

/**
 * Removes a group with everything below it.
 * @param deadline milliseconds; processes that end leave their group a moment later
 * @throws Error when a process still lives in it at the deadline
 */
export async function removeGroup(folder: string, deadline = 5_000): Promise<void> {
  const end = Date.now() + deadline;
  for (;;) {
    try {
      return await removeTree(folder);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return;
      if (code !== "EBUSY" || Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

async function removeTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await removeTree(join(folder, entry.name));
  await rmdir(folder);
}
