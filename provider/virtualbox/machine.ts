import { chmod, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isFault } from "./errors";
import { readExtraData, writeExtraData } from "./extra-data";
import { locks, withLock } from "./lock";
import { deleteDisk, Disks, exists, forgetIso, listDisks, lookAtMedium } from "./media";
import { DISK, ownerOf, placeBySettings, placeOf, RAW_SEED, removeOwnFiles, SEED } from "./own-files";
import { Medium, parseBlocks } from "./parse";
import { change, PowerOff, powerOff, start } from "./power";
import {
  Attachment,
  BOOT_DISK,
  checkIdentity,
  checkSpec,
  CONTROLLER,
  groupOf,
  Hardware,
  hardwareProblems,
  Identity,
  InstallMedia,
  machineOptions,
  MachineSpec,
  networkOptions,
  PORTS,
  SpecError,
} from "./spec";
import { VBoxManage } from "./vboxmanage";
import { Attached, isOff, isRunning, isSaved, look, Vm } from "./vm";

/** A machine as it was found. */
export interface Observed {
  uuid: string;
  name: string;
  /** MB */
  memory: number;
  cpus: number;
  /** MB; undefined when it has no disk on its port or VirtualBox cannot read it. */
  disk?: number;
  macs: { egress?: string; cluster?: string };
  /** undefined when NIC 2 leads to neither a host-only network nor a bridge. */
  network?: Attachment;
  running: boolean;
  /** The seed disk and the installer's image have been taken out: it boots from its disk for good. */
  installed: boolean;
}

/** How {@link Machines.ensureCreated} found and left a machine. */
export interface Created {
  /** Whether it was there before, whole or half-made. */
  adopted: boolean;
  /** It has been through {@link Machines.removeInstallMedia} already: nothing is left to install. */
  installed: boolean;
  running: boolean;
}

const BOX_LOCK_DEADLINE = 10 * 60_000;

/**
 * The life of VirtualBox machines. Every step can be repeated: what is there already is looked up first, and a
 * machine that a killed process left half-made is completed. What changes VirtualBox's registry runs under the
 * box's lock. Callers hold the lock of the machine ({@link locks}.machine) around all they do with one.
 */
export class Machines {
  constructor(
    readonly vbox: VBoxManage,
    private readonly powerOptions: PowerOff = {},
  ) {}

  /**
   * Makes the machine, complete with disk, seed disk and installer image, and leaves it off. One that runs or is
   * installed already is only reported.
   * @throws SpecError, VBoxManageError; Error when the machine of that UUID belongs to somebody else
   */
  async ensureCreated(spec: MachineSpec, install: InstallMedia): Promise<Created> {
    checkSpec(spec);
    return this.exclusively(`create the machine ${spec.name}`, async () => {
      let vm = await look(this.vbox, spec.uuid);
      const adopted = vm !== undefined;
      if (vm) requireOurs(vm, spec);
      else vm = await this.register(spec);
      // The boot order is set to the disk at the very end of an installation: the mark that there has been one.
      const installed = vm.boot[0] === "disk";
      if (installed || !isOff(vm)) return { adopted, installed, running: isRunning(vm) };

      // An installation writes to these: it must not be to a disk that somebody has put in their place.
      for (const problem of await this.foreignPorts(vm, PORTS.disk, PORTS.seed)) throw new Error(problem);
      if (isSaved(vm)) await change(this.vbox, spec.uuid, ["discardstate", spec.uuid]);
      await change(this.vbox, spec.uuid, ["modifyvm", spec.uuid, ...machineOptions(spec)]);
      if (!vm.controller) {
        const settings = ["--portcount", "4", "--bootable", "on", "--hostiocache", "on"];
        await change(this.vbox, spec.uuid, [
          ...["storagectl", spec.uuid, "--name", CONTROLLER, "--add", "sata"],
          ...settings,
        ]);
      }
      await this.provideDisk(vm, spec.disk);
      await this.provideSeed(vm, install.seed);
      await this.provideIso(vm, install.iso);
      return { adopted, installed: false, running: false };
    });
  }

  /** Starts the machine headless; returns when it runs, long before its system answers. */
  start(uuid: string): Promise<void> {
    return start(this.vbox, uuid);
  }

  /** Shuts the machine down, or cuts its power when it does not listen; returns when it is free to be changed. */
  powerOff(uuid: string, options: PowerOff = {}): Promise<void> {
    return powerOff(this.vbox, uuid, { ...this.powerOptions, ...options });
  }

  /** Looks at the machine; undefined when it is gone. */
  async observe(uuid: string): Promise<Observed | undefined> {
    const vm = await look(this.vbox, uuid);
    return vm && this.describe(vm);
  }

  private async describe(vm: Vm): Promise<Observed> {
    const cluster = vm.nics.get(2);
    const disk = vm.ports.get(PORTS.disk);
    return {
      uuid: vm.uuid,
      name: vm.name,
      memory: vm.memory,
      cpus: vm.cpus,
      disk: disk && (await lookAtMedium(this.vbox, "disk", disk.uuid || disk.location))?.capacity,
      macs: { egress: vm.nics.get(1)?.mac, cluster: cluster?.mac },
      network:
        cluster && (cluster.kind === "hostonly" || cluster.kind === "bridged")
          ? { kind: cluster.kind, interface: cluster.interface ?? "" }
          : undefined,
      running: isRunning(vm),
      installed: vm.boot[0] === "disk",
    };
  }

  /**
   * Makes the machine's hardware what it shall be, and starts it afterwards if it ran or `running` says so. What is
   * different already costs a power cycle; where nothing is, the machine is left alone.
   * @returns whether anything was changed
   * @throws SpecError before anything is changed, when it asks for the impossible, such as a smaller disk
   */
  async update(identity: Identity, wanted: Hardware & { running?: boolean }): Promise<boolean> {
    const { uuid } = identity;
    const vm = await look(this.vbox, uuid);
    if (!vm)
      throw new Error(
        `there is no VirtualBox machine ${uuid} to change; a refresh will notice that it is gone`,
      );
    requireOurs(vm, identity);
    const found = await this.describe(vm);
    const problems = hardwareProblems(wanted);
    if (found.disk === undefined)
      problems.push(`${found.name} has no disk on port ${PORTS.disk} of its controller`);
    else if (wanted.disk < found.disk) {
      problems.push(
        `its disk has ${found.disk} MB and cannot shrink to ${wanted.disk} MB; ask for ${found.disk} MB or more, or replace the machine`,
      );
    } else if (wanted.disk > found.disk) problems.push(...(await this.foreignPorts(vm, PORTS.disk)));
    if (problems.length > 0) throw new SpecError(problems);

    const options = changedOptions(found, wanted);
    const grow = wanted.disk > found.disk!;
    const changed = options.length > 0 || grow;
    if (changed) {
      await this.powerOff(uuid);
      await this.exclusively(`change the machine ${found.name}`, async () => {
        if (options.length > 0) await change(this.vbox, uuid, ["modifyvm", uuid, ...options]);
        if (grow) {
          const disk = (await look(this.vbox, uuid))!.ports.get(PORTS.disk)!;
          await this.grow(uuid, disk.location, wanted.disk);
        }
      });
    }
    const start = (wanted.running || found.running) && (changed || !found.running);
    if (start) await this.start(uuid);
    return changed || start === true;
  }

  /**
   * Ends the installation: the machine is shut down, boots from its disk from now on, the seed disk with its secrets
   * is deleted, and the installer image goes out of VirtualBox's registry when no machine uses it any more. The
   * machine is left off. What somebody else has put on these ports meanwhile stays there.
   * @returns whether anything was left to do
   */
  async removeInstallMedia(uuid: string): Promise<boolean> {
    let vm = await look(this.vbox, uuid);
    if (!vm) throw new Error(`there is no VirtualBox machine ${uuid} to take the installer out of`);
    requireKluster(vm);
    const seedFile = join(vm.folder, SEED);
    const iso = await readExtraData(this.vbox, uuid, INSTALLER_KEY);
    const ours = async (seen: Vm) => ({
      seed: await this.isOwn(seen, PORTS.seed),
      dvd: iso !== undefined && seen.ports.get(PORTS.dvd)?.location === iso,
    });
    const left = await ours(vm);
    if (vm.boot[0] === "disk" && !left.seed && !left.dvd && !(await exists(seedFile))) {
      if (iso) await this.exclusively(`forget the installer image ${iso}`, () => forgetIso(this.vbox, iso));
      return false;
    }

    await this.powerOff(uuid);
    await this.exclusively(`take the installer out of ${vm.name}`, async () => {
      vm = (await look(this.vbox, uuid))!;
      const { seed, dvd } = await ours(vm);
      // First of all, since it is the mark of a finished installation: whoever comes after a crash in the midst of
      // this must not install again.
      await change(this.vbox, uuid, ["modifyvm", uuid, ...BOOT_DISK]);
      if (dvd) await this.detach(vm, PORTS.dvd);
      if (iso) await forgetIso(this.vbox, iso);
      if (seed) await this.detach(vm, PORTS.seed);
      await rm(join(vm.folder, RAW_SEED), { force: true });
      try {
        await deleteDisk(this.vbox, seedFile, vm.snapshotFolder);
      } catch (error) {
        throw isFault(error, "in-use") && vm.snapshots.length > 0 ? heldBySnapshots(vm, seedFile) : error;
      }
    });
    return true;
  }

  /**
   * Removes the machine with all that is its own; finding it gone is success. What is not stays: disks that somebody
   * attached, wherever they lie, and files that somebody put into its folder.
   * @param iso the installer image, which goes out of VirtualBox's registry when no machine uses it any more
   * @returns sentences about what was left
   */
  async destroy(identity: Identity, iso?: string): Promise<string[]> {
    checkIdentity(identity);
    const { uuid } = identity;
    const found = await look(this.vbox, uuid);
    if (found) requireOurs(found, identity);
    await this.powerOff(uuid, { patience: 0 }); // nothing of it shall survive
    return this.exclusively(`remove the machine ${identity.name}`, async () => {
      const vm = await look(this.vbox, uuid);
      if (vm) requireOurs(vm, identity);
      const installer = vm && (await readExtraData(this.vbox, uuid, INSTALLER_KEY));
      if (vm) await this.unregister(uuid);
      const kept = await this.removeRemains(identity, vm);
      for (const image of new Set([iso, installer])) if (image) await forgetIso(this.vbox, image);
      return kept;
    });
  }

  /**
   * Without `--delete`, which deletes every disk that is attached to the machine or to a snapshot of it, whosever it
   * is and wherever it lies. Like this no file is touched, and the disks stay in VirtualBox's registry.
   */
  private async unregister(uuid: string): Promise<void> {
    try {
      await this.vbox.tolerating(["missing"], ["unregistervm", uuid]);
    } catch (error) {
      throw isFault(error, "locked", "busy")
        ? error.with("The machine is off; something else still holds it.")
        : error;
    }
  }

  /** Deletes what a machine that is not registered any more has left. */
  private async removeRemains(identity: Identity, vm: Vm | undefined): Promise<string[]> {
    const place = vm ? placeOf(vm) : placeBySettings(await this.settingsOf(identity));
    const owner = vm ? identity.uuid : await ownerOf(place.settings);
    if (owner !== undefined && owner !== identity.uuid)
      return [`${place.folder} has the settings of another machine (${owner}), and stays as it is.`];

    const kept = new Map<string, string>();
    for (const file of [join(place.folder, SEED), join(place.folder, DISK)]) {
      const reason = await this.removeDisk(file, place.snapshots);
      if (reason) kept.set(file, reason);
    }
    const disks = await listDisks(this.vbox);
    for (const { uuid } of vm?.attached ?? []) {
      const disk = disks.byUuid(uuid);
      if (disk && !kept.has(disks.base(disk).location))
        kept.set(
          disk.location,
          `${described(disk, disks)} was attached to ${vm!.name} and is not kluster's: it stays.`,
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
  private async removeDisk(file: string, snapshots: string): Promise<string | undefined> {
    try {
      await deleteDisk(this.vbox, file, snapshots);
      return undefined;
    } catch (error) {
      if (!isFault(error, "in-use")) throw error;
      return `${file} is still used, and stays (${error.reason}). When nothing needs it any more, delete it: it holds what was on the machine.`;
    }
  }

  private exclusively<T>(purpose: string, work: () => Promise<T>): Promise<T> {
    const { signal } = this.vbox;
    const onWait = (holder: string) => this.vbox.waiting(`waiting for VirtualBox: ${holder}`);
    return withLock(locks.box, { purpose, deadline: BOX_LOCK_DEADLINE, onWait, signal }, work);
  }

  /** createvm: the identity is part of the one call that brings the machine about. */
  private async register(spec: MachineSpec): Promise<Vm> {
    await this.clearRemains(spec);
    await this.vbox.retrying([
      ...["createvm", "--name", spec.name, "--uuid", spec.uuid, "--groups", groupOf(spec.stackId)],
      ...["--ostype", "Linux_64"],
      ...(spec.baseFolder === undefined ? [] : ["--basefolder", spec.baseFolder]),
      "--register",
    ]);
    const vm = await look(this.vbox, spec.uuid);
    if (!vm)
      throw new Error(`VirtualBox said that it created ${spec.name} (${spec.uuid}), but does not know it`);
    return vm;
  }

  /**
   * createvm writes a settings file first and registers the machine then: killed in between it leaves that file, over
   * which the next createvm would stumble. More than that is no half-made machine, and not ours to throw away.
   */
  private async clearRemains(spec: MachineSpec): Promise<void> {
    const path = await this.settingsOf(spec);
    const folder = dirname(path);
    const settings = basename(path);
    const remains = await readdir(folder).catch(() => [] as string[]);
    const owner = await ownerOf(path);
    if (owner !== undefined && owner !== spec.uuid) {
      throw new Error(
        `${path} has the settings of another machine (${owner}) in the place of ${spec.name}. Give that machine another ` +
          `name or group in VirtualBox, or remove it, and run this again.`,
      );
    }
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

  /** Where VirtualBox keeps the settings of a machine of that name and group. */
  private async settingsOf({ name, stackId, baseFolder }: Identity): Promise<string> {
    return join(baseFolder ?? (await this.defaultFolder()), groupOf(stackId), name, `${name}.vbox`);
  }

  private async defaultFolder(): Promise<string> {
    const { stdout } = await this.vbox.retrying(["list", "systemproperties"]);
    const folder = parseBlocks(stdout)[0]?.get("Default machine folder");
    if (!folder)
      throw new Error("VirtualBox names no default machine folder (`VBoxManage list systemproperties`)");
    return folder;
  }

  private async provideDisk(vm: Vm, megabytes: number): Promise<void> {
    const attached = vm.ports.get(PORTS.disk);
    if (attached) {
      const { capacity = megabytes } = (await lookAtMedium(this.vbox, "disk", attached.location)) ?? {};
      if (capacity < megabytes) await this.grow(vm.uuid, attached.location, megabytes);
      return;
    }
    const file = join(vm.folder, DISK);
    // Never attached, hence never written to: whatever is there was left by a process that was killed right here.
    await deleteDisk(this.vbox, file);
    await this.vbox.retrying([
      "createmedium",
      "disk",
      "--filename",
      file,
      "--size",
      String(megabytes),
      "--format",
      "VDI",
    ]);
    await this.attach(vm, PORTS.disk, "hdd", file);
  }

  private grow(uuid: string, disk: string, megabytes: number): Promise<void> {
    return change(this.vbox, uuid, ["modifymedium", "disk", disk, "--resize", String(megabytes)]);
  }

  /** Made anew each time: keys may have changed since a process before us was killed. */
  private async provideSeed(vm: Vm, content: Buffer): Promise<void> {
    await this.detach(vm, PORTS.seed);
    const file = join(vm.folder, SEED);
    const raw = join(vm.folder, RAW_SEED);
    await deleteDisk(this.vbox, file);
    await rm(raw, { force: true });
    try {
      await writeFile(raw, content, { mode: 0o600, flag: "wx" });
      await this.vbox.retrying(["convertfromraw", raw, file, "--format", "VDI"]);
      await chmod(file, 0o600);
    } finally {
      await rm(raw, { force: true });
    }
    await this.attach(vm, PORTS.seed, "hdd", file);
  }

  private async provideIso(vm: Vm, iso: string): Promise<void> {
    if (vm.ports.get(PORTS.dvd)?.location === iso) return;
    await writeExtraData(this.vbox, vm.uuid, INSTALLER_KEY, iso);
    await this.attach(vm, PORTS.dvd, "dvddrive", iso);
  }

  /** Whether the machine's own disk is on that port, and not somebody else's. */
  private async isOwn(vm: Vm, port: OwnPort): Promise<boolean> {
    const attached = vm.ports.get(port);
    if (!attached) return false;
    const own = join(vm.folder, OWN[port].file);
    return attached.location === own || (await this.baseOf(attached)) === own;
  }

  /** Location of the disk that a snapshot may have put the attached one on top of. */
  private async baseOf({ uuid, location }: Attached): Promise<string> {
    const disks: Disks = await listDisks(this.vbox);
    const disk = disks.byUuid(uuid);
    return disk ? disks.base(disk).location : location;
  }

  /** A sentence about each of these ports that holds something else than it should. */
  private async foreignPorts(vm: Vm, ...ports: OwnPort[]): Promise<string[]> {
    const problems: string[] = [];
    for (const port of ports) {
      if (!vm.ports.has(port) || (await this.isOwn(vm, port))) continue;
      const { file, what } = OWN[port];
      problems.push(
        `port ${port} of ${vm.name} holds ${vm.ports.get(port)!.location} and not the machine's ${what} ` +
          `(${join(vm.folder, file)}): attach it to another port, and run this again`,
      );
    }
    return problems;
  }

  private attach(vm: Vm, port: number, type: "hdd" | "dvddrive", medium: string): Promise<void> {
    return change(this.vbox, vm.uuid, [...storageAttach(vm.uuid, port), "--type", type, "--medium", medium]);
  }

  private async detach(vm: Vm, port: number): Promise<void> {
    if (!vm.ports.has(port)) return;
    await change(this.vbox, vm.uuid, [...storageAttach(vm.uuid, port), "--medium", "none"]);
  }
}

/** Key of the extra data that VirtualBox keeps with a machine: path of the image that it was given to install from. */
const INSTALLER_KEY = "kluster/installer";

/** Disks that are the machine's own, by port. */
const OWN = {
  [PORTS.disk]: { file: DISK, what: "disk" },
  [PORTS.seed]: { file: SEED, what: "seed disk" },
} as const;
type OwnPort = keyof typeof OWN;

const storageAttach = (uuid: string, port: number): string[] => [
  ...["storageattach", uuid, "--storagectl", CONTROLLER, "--port", String(port), "--device", "0"],
];

/** A machine outside our group is not ours, whatever its UUID. */
function requireOurs(vm: Vm, { stackId, uuid }: Identity): void {
  const group = groupOf(stackId);
  if (vm.groups.includes(group)) return;
  throw new Error(
    `the VirtualBox machine ${vm.name} (${uuid}) is in the group ${vm.groups.join(", ") || "/"} and not in ${group}: ` +
      `it is not this stack's, and is left alone. If it is, put it back with \`VBoxManage modifyvm ${uuid} --groups ${group}\`.`,
  );
}

/** Where the stack is not known: a machine in no group of any kluster is not ours. */
function requireKluster(vm: Vm): void {
  if (vm.groups.some((group) => group.startsWith("/kluster/"))) return;
  throw new Error(
    `the VirtualBox machine ${vm.name} (${vm.uuid}) is in the group ${vm.groups.join(", ") || "/"} and in none of ` +
      "kluster's: it is left alone. If it is kluster's, put it back into its group.",
  );
}

/** Snapshots are not ours to delete, and the seed disk cannot go before them. */
function heldBySnapshots({ name, uuid, snapshots }: Vm, seedFile: string): Error {
  const commands = snapshots.map((snapshot) => `\`VBoxManage snapshot ${uuid} delete ${quoted(snapshot)}\``);
  return new Error(
    `a snapshot of ${name} holds its seed disk ${seedFile}, which has the machine's host key in it. It was taken before ` +
      `the installation was over. Delete it, and run this again; the machine itself stays as it is: ${commands.join(", ")}`,
  );
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** A disk that a snapshot put on top of another has what was written since; both are needed. */
function described(disk: Medium, disks: Disks): string {
  const base = disks.base(disk);
  return base === disk ? disk.location : `${disk.location}, on top of ${base.location},`;
}

/** Options of modifyvm for what differs, disk apart. */
function changedOptions(found: Observed, wanted: Hardware): string[] {
  const sameNetwork =
    found.network?.kind === wanted.network.kind &&
    found.network.interface === wanted.network.interface &&
    found.macs.egress === wanted.macs.egress &&
    found.macs.cluster === wanted.macs.cluster;
  return [
    ...(found.memory === wanted.memory ? [] : ["--memory", String(wanted.memory)]),
    ...(found.cpus === wanted.cpus ? [] : ["--cpus", String(wanted.cpus)]),
    ...(sameNetwork ? [] : networkOptions(wanted)),
  ];
}

/** Removes the group's folders if they are empty now and named after it; elsewhere they are somebody else's. */
async function removeGroupFolders(folder: string, { name, stackId }: Identity): Promise<void> {
  if (!folder.endsWith(join(groupOf(stackId), name))) return;
  for (const empty of [dirname(folder), dirname(dirname(folder))]) await rmdir(empty).catch(() => {});
}
