import { mkdir, realpath, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Run } from "../../provider/process";
import { bootMenuEntries, BootTarget, freshBootMenu, pressKey, renderBootMenu } from "./boot-menu";
import { hierarchies, Hierarchy, isUnified, machineGroup, makeGroups, removeGroup } from "./cgroups";
import { Console } from "./console";
import { Container, rebootExitCode } from "./container";
import type { MachineStatus } from "./control";
import { attach, AttachedDrive, detach, driveTable, nameDrives } from "./drives";
import { checkoutFolder, toolchainLink } from "./folders";
import type { Hardware, Nic } from "./hardware";
import { executedKernel, forgetKernel, Kernel, kexecFolder, kexecSystem } from "./kexec";
import { must } from "./must";
import { machineNamespace, namespacePath, Network, portName } from "./network";
import { Bootable, clearMemory, diskSystem, freeMemory, installerSystem } from "./root";
import { runningWords } from "./running-system";

/** Linux's SIGRTMIN + 4, which systemd as PID 1 takes for the power button. */
const powerButtonSignal = 34 + 4;

/** The supervisor's files of this machine; in a /run of its own. */
const workFolder = "/run/machine";

/** How a machine's user space ends: with the power, with a reboot, or for a kernel that it has loaded. */
type Outcome = "off" | "reboot" | Kernel;

/** Words for a machine that has booted a system, and may have switched to another. */
const runs = (system: Bootable, how?: string) => (current?: string) =>
  runningWords(dirname(system.init), current, how);

export interface MachineOptions {
  /** Seconds that the boot menu waits for a key; 10 on the real ISO. */
  menuSeconds: number;
}

/** One machine from power-on to power-off. Lives in a mount and a PID namespace of its own. */
export class Machine {
  readonly console: Console;
  private readonly network: Network;
  private readonly groups: Hierarchy[] = hierarchies();
  private readonly drives: AttachedDrive[] = [];
  private driveNames = new Map<AttachedDrive, string>();
  private container?: Container;
  /** Aborted when the power is cut or the reset button pressed. */
  private power = new AbortController();
  private wanted: "on" | "off" = "on";
  /** What it does, in words, told the system that its user space says is its current one. */
  private doing: (current?: string) => string = () => "switching on";

  constructor(
    private readonly run: Run,
    private readonly stateFolder: string,
    private readonly hardware: Hardware,
    private readonly options: MachineOptions,
  ) {
    this.console = new Console(join(hardware.logs, "console.log"));
    this.network = new Network(run, hardware.uuid, hardware.nics);
  }

  /**
   * Gets everything that the machine is made of.
   * @throws Error when an image, a bridge or something on the box is missing; then nothing is left behind
   */
  async switchOn(): Promise<void> {
    await must(this.run, "mount", ["-t", "tmpfs", "-o", "mode=755", "run", "/run"]); // nspawn and ip keep files there
    await mkdir(workFolder);
    // All of it is waited for, also after a failure: what is still under way could not be released.
    const parts = await Promise.allSettled([
      ...this.hardware.drives.map(async (drive) => void this.drives.push(await attach(this.run, drive))),
      this.network.plug(),
      this.prepareGroups(),
    ]);
    const failures = parts.filter((part) => part.status === "rejected").map(({ reason }) => reason as Error);
    if (failures.length === 0) return;
    await this.release();
    throw new Error(failures.map(({ message }) => message).join("; "));
  }

  /** Boots until the machine is off; then nothing of it is left. */
  async runUntilOff(): Promise<void> {
    let outcome: Outcome = "reboot";
    for (let first = true; this.wanted === "on"; first = false) {
      this.power = new AbortController();
      const kernel: Kernel | undefined = typeof outcome === "object" ? outcome : undefined;
      outcome = "reboot";
      try {
        if (!first) await this.network.plug();
        await this.nameDrives();
        await forgetKernel();
        outcome = kernel ? await this.bootKernel(kernel) : await this.boot(this.power.signal);
      } catch (error) {
        await this.hang(`the lab cannot boot this machine: ${(error as Error).message}`);
      }
      if (outcome === "off") break;
    }
    this.doing = () => "switching off";
    await this.release();
  }

  /** Cuts the power. */
  cutPower(): void {
    this.wanted = "off";
    this.power.abort();
  }

  reset(): void {
    this.power.abort();
  }

  pressPowerButton(): void {
    this.container?.signal(powerButtonSignal);
  }

  type(keys: string): void {
    this.console.keyboard(keys);
  }

  /** @throws Error when the bridge does not exist; then the slot is empty */
  plug(nic: Nic): Promise<void> {
    return this.network.add(nic);
  }

  unplug(slot: number): Promise<void> {
    return this.network.remove(slot);
  }

  async status(): Promise<MachineStatus> {
    const doing = this.doing(await this.container?.currentSystem());
    return { doing, addresses: await this.network.addresses() };
  }

  /** Every kernel finds the drives in an order of its own. */
  private async nameDrives(): Promise<void> {
    this.driveNames = nameDrives(this.drives);
    await writeFile(join(workFolder, "drives"), driveTable(this.driveNames));
  }

  /** No firmware and no boot device has a say in it. */
  private async bootKernel(kernel: Kernel): Promise<Outcome> {
    const { system, leftOut } = await kexecSystem(this.run, kernel);
    for (const name of leftOut) this.console.show(`initramfs: ${name} has no folder and is left out\r\n`);
    await must(this.run, "sh", [join(this.guestFolder, "mountpoints"), system.root]);
    return await this.runSystem(runs(system, ", by kexec"), system);
  }

  /** Tries the boot devices in their order, as a BIOS does. */
  private async boot(power: AbortSignal): Promise<Outcome> {
    await clearMemory(this.run);
    for (const device of this.hardware.boot) {
      if (power.aborted) return "reboot";
      if (device === "dvd" && this.drives.some(({ drive }) => drive.kind === "dvd")) {
        const target = await this.bootMenu(power);
        if (target === undefined) return "reboot";
        if (target === "memtest") {
          await this.hang("Memtest86+: testing memory, for ever");
          return "reboot";
        }
        return await this.runSystem(() => "in the installer", installerSystem());
      }
      if (device === "disk") {
        const disk = this.drives.find(({ drive }) => drive.kind === "disk" && drive.port === 0);
        const system = disk && (await diskSystem(this.run, disk, this.driveNames.get(disk)!));
        if (system) {
          await must(this.run, "sh", [join(this.guestFolder, "mountpoints"), system.root]);
          return await this.runSystem(runs(system), system);
        }
      }
    }
    await this.hang("FATAL: No bootable medium found! System halted.");
    return "reboot";
  }

  /** @returns undefined when the power went before the choice */
  private async bootMenu(power: AbortSignal): Promise<BootTarget | undefined> {
    this.doing = () => "in the boot menu";
    const { menuSeconds } = this.options;
    let menu = freshBootMenu;
    this.console.show(renderBootMenu(menu, menuSeconds));
    return await new Promise((resolve) => {
      const decide = (target: BootTarget | undefined) => {
        clearTimeout(countDown);
        power.removeEventListener("abort", cut);
        this.console.keyboard = () => {};
        resolve(target);
      };
      const cut = () => decide(undefined);
      const countDown = setTimeout(() => decide(bootMenuEntries[0].boots), menuSeconds * 1000);
      power.addEventListener("abort", cut);
      this.console.keyboard = (keys) => {
        for (const key of keys) {
          const next = pressKey(menu, key);
          if (typeof next === "string") return decide(next);
          menu = next;
        }
        clearTimeout(countDown);
        this.console.show(renderBootMenu(menu, menuSeconds));
      };
    });
  }

  private async runSystem(doing: (current?: string) => string, system: Bootable): Promise<Outcome> {
    this.doing = doing;
    const container = new Container(
      {
        root: system.root,
        network: namespacePath(machineNamespace),
        name: portName(this.hardware.uuid, 1),
        groups: this.groups.map((hierarchy) => machineGroup(hierarchy, this.stateFolder, this.hardware.uuid)),
        groupTree: isUnified(this.groups) ? undefined : join(workFolder, "cgroup"),
        binds: {
          "/usr": "/usr",
          "/etc/alternatives": "/etc/alternatives",
          "/opt/kluster-lab/guest": this.guestFolder,
          "/opt/kluster-lab/toolchain": await realpath(toolchainLink(this.stateFolder)),
          "/opt/kluster-lab/drives": join(workFolder, "drives"),
        },
        writable: { "/opt/kluster-lab/kexec": kexecFolder },
        command: ["/bin/sh", "/opt/kluster-lab/guest/stage-1", system.init],
      },
      (bytes) => this.console.show(bytes),
    );
    this.container = container;
    this.console.keyboard = (keys) => container.type(keys.replaceAll("\n", "\r"));
    const cut = () => void container.cut();
    this.power.signal.addEventListener("abort", cut);
    if (this.power.signal.aborted) cut();
    const code = await container.ended;
    this.container = undefined;
    this.console.keyboard = () => {};
    if (this.power.signal.aborted) return "reboot";
    if (code === rebootExitCode) return (await executedKernel()) ?? "reboot";
    if (code === 0) return "off";
    await this.hang(`Kernel panic - not syncing: Attempted to kill init! exitcode=${code}`);
    return "reboot";
  }

  /** Shows a message and does nothing more until somebody cuts the power or resets. */
  private async hang(message: string): Promise<void> {
    this.doing = () => message;
    this.console.show(`\r\n${message}\r\n`);
    const { signal } = this.power;
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  }

  private get guestFolder(): string {
    return join(checkoutFolder(), "lab", "machine", "guest");
  }

  /**
   * Control groups of the first version are shown to the machine by a tree of binds. nspawn puts the machine itself
   * into a group named "payload" of those hierarchies that systemd uses, so that one is the root there.
   */
  private async prepareGroups(): Promise<void> {
    await makeGroups(this.groups, this.stateFolder, this.hardware.uuid);
    if (isUnified(this.groups)) return;
    const tree = join(workFolder, "cgroup");
    await mkdir(tree);
    await must(this.run, "mount", ["-t", "tmpfs", "-o", "mode=755", "cgroup", tree]);
    const binds: string[] = [];
    for (const hierarchy of this.groups) {
      const name = basename(hierarchy.mountPoint);
      let group = machineGroup(hierarchy, this.stateFolder, this.hardware.uuid);
      if (name === "systemd" || name === "unified") group = join(group, "payload");
      await mkdir(group, { recursive: true });
      await mkdir(join(tree, name));
      binds.push(group, join(tree, name));
    }
    await must(this.run, "sh", [
      "-c",
      'while [ $# -gt 0 ]; do mount --bind "$1" "$2" || exit; shift 2; done',
      "sh",
      ...binds,
    ]);
  }

  /** Lets go of everything; idempotent. */
  private async release(): Promise<void> {
    const failures: unknown[] = [];
    const attempt = (work: Promise<unknown>) => work.catch((error) => failures.push(error));
    await attempt(this.container?.cut() ?? Promise.resolve());
    await attempt(freeMemory(this.run));
    await Promise.all([
      attempt(this.network.unplug()),
      ...this.drives.splice(0).map((drive) => attempt(detach(drive))),
      ...this.groups.map((hierarchy) =>
        attempt(removeGroup(machineGroup(hierarchy, this.stateFolder, this.hardware.uuid))),
      ),
    ]);
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join("; "));
  }
}
