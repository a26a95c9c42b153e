import { chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { shellQuote } from "../shell";
import { isFault } from "./errors";
import { readExtraData, writeExtraData } from "./extra-data";
import { locks, withLock } from "./lock";
import { deleteDisk, exists, forgetIso, lookAtMedium } from "./media";
import { DISK, RAW_SEED, SEED } from "./own-files";
import { foreignPorts, isOwn } from "./own-ports";
import { isOff, isRunning, isSaved } from "./phase";
import { change, PowerOff, powerOff, start } from "./power";
import { clearRemains, removeRemains, removeUnreadable } from "./remains";
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
import { look, settingsFileOf, Vm } from "./vm";

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
  /** Whether it was there before, whole or partially created. */
  adopted: boolean;
  /** It has been through {@link Machines.removeInstallMedia} already: nothing is left to install. */
  installed: boolean;
  running: boolean;
}

const BOX_LOCK_DEADLINE = 10 * 60_000;

/**
 * The life of VirtualBox machines. Every step can be repeated: what is there already is looked up first, and a
 * machine that a killed process left partially created is completed. What changes VirtualBox's registry runs under the
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
      for (const problem of await foreignPorts(this.vbox, vm, PORTS.disk, PORTS.seed))
        throw new Error(problem);
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
        `there is no VirtualBox machine ${uuid} (${identity.name}) to change. It was deleted by hand, or by a run that was killed: \`pulumi refresh\`, then \`pulumi up\` makes it anew.`,
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
    } else if (wanted.disk > found.disk) problems.push(...(await foreignPorts(this.vbox, vm, PORTS.disk)));
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
      seed: await isOwn(this.vbox, seen, PORTS.seed),
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
    const unreadable = await this.unreadable(uuid);
    if (unreadable === undefined) {
      const found = await look(this.vbox, uuid);
      if (found) requireOurs(found, identity);
      await this.powerOff(uuid, { patience: 0 }); // nothing of it shall survive
    }
    return this.exclusively(`remove the machine ${identity.name}`, async () => {
      if (unreadable !== undefined) {
        await this.unregister(uuid);
        const kept = await removeUnreadable(this.vbox, identity, unreadable);
        if (iso) await forgetIso(this.vbox, iso);
        return kept;
      }
      const vm = await look(this.vbox, uuid);
      if (vm) requireOurs(vm, identity);
      const installer = vm && (await readExtraData(this.vbox, uuid, INSTALLER_KEY));
      if (vm) await this.unregister(uuid);
      const kept = await removeRemains(this.vbox, identity, vm);
      for (const image of new Set([iso, installer])) if (image) await forgetIso(this.vbox, image);
      return kept;
    });
  }

  /**
   * Removes a machine that was being made when the process that made it was killed. One that has been installed is more
   * than that, and stays.
   * @returns sentences about what was left
   */
  async removePartiallyCreated(identity: Identity, iso?: string): Promise<string[]> {
    const { uuid } = identity;
    const vm = (await this.unreadable(uuid)) === undefined ? await look(this.vbox, uuid) : undefined;
    if (!vm || !vm.groups.includes(groupOf(identity.stackId))) return [];
    if (vm.boot[0] !== "disk") return this.destroy(identity, iso);
    return [
      `the VirtualBox machine ${vm.name} (${uuid}) is not in the state, and NixOS has been installed on it: it stays. ` +
        `If you do not need it any more: \`VBoxManage unregistervm ${uuid} --delete\``,
    ];
  }

  /** Path of the settings of a machine that VirtualBox cannot read; undefined when it can, or does not know it. */
  private async unreadable(uuid: string): Promise<string | undefined> {
    try {
      await look(this.vbox, uuid);
      return undefined;
    } catch (error) {
      if (!isFault(error, "inaccessible")) throw error;
      return (await settingsFileOf(this.vbox, uuid)) ?? "";
    }
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

  private exclusively<T>(purpose: string, work: () => Promise<T>): Promise<T> {
    const { signal } = this.vbox;
    const onWait = (holder: string) => this.vbox.waiting(`waiting for VirtualBox: ${holder}`);
    return withLock(locks.box, { purpose, deadline: BOX_LOCK_DEADLINE, onWait, signal }, work);
  }

  /** createvm: the identity is part of the one call that brings the machine about. */
  private async register(spec: MachineSpec): Promise<Vm> {
    await clearRemains(this.vbox, spec);
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
  const commands = snapshots.map(
    (snapshot) => `\`VBoxManage snapshot ${uuid} delete ${shellQuote(snapshot)}\``,
  );
  return new Error(
    `a snapshot of ${name} holds its seed disk ${seedFile}, which has the machine's host key in it. It was taken before ` +
      `the installation was over. Delete it, and run this again; the machine itself stays as it is: ${commands.join(", ")}`,
  );
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
