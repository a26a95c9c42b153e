import { writeFileSync } from "node:fs";
import { Clock } from "../../../provider/clock";
import { Run } from "../../../provider/process";
import { Machines } from "../../../provider/virtualbox/machine";
import { InstallMedia, MachineSpec } from "../../../provider/virtualbox/spec";
import { VBoxManage } from "../../../provider/virtualbox/vboxmanage";
import { Desk } from "../../lab/virtualbox/desk";
import { seed, SPEC } from "./sample";

/** The driver on the lab's VBoxManage, in this process: for what the media registry and the files make of its calls. */
export class OnLab {
  readonly desk = new Desk();
  /** All calls in their order. */
  readonly calls: string[][] = [];
  readonly waits: string[] = [];
  readonly spec: MachineSpec;
  readonly install: InstallMedia;
  readonly vbox: VBoxManage;
  readonly machines: Machines;

  constructor() {
    this.desk.box.home = this.desk.folder;
    this.spec = { ...SPEC, disk: 64, baseFolder: this.desk.path("VirtualBox VMs") };
    this.install = { iso: this.desk.path("nixos.iso"), seed };
    writeFileSync(this.install.iso, "iso");
    const { desk } = this;
    // Time passes by sleeping alone.
    const clock: Clock = {
      now: () => desk.time,
      sleep: async (milliseconds) => void (desk.time += milliseconds),
    };
    this.vbox = new VBoxManage(this.run, { clock, onWait: (message) => this.waits.push(message) });
    this.machines = new Machines(this.vbox);
  }

  readonly run: Run = async (_command, args) => {
    this.calls.push(args);
    const { exit, stdout, stderr } = await this.desk.call(...args);
    return { code: exit, stdout, stderr };
  };

  /** A path in the machine's folder. */
  home(name = ""): string {
    const { stackId, name: machine } = this.spec;
    return this.desk.path(["VirtualBox VMs/kluster", stackId, machine, name].filter(Boolean).join("/"));
  }

  /** What somebody else does: a call that has to work. */
  user(...args: string[]): Promise<string> {
    return this.desk.run(...args);
  }

  /** A disk that the user made and attached to the machine. */
  async userDisk(file: string, port: number): Promise<void> {
    await this.user("createmedium", "disk", "--filename", file, "--size", "8");
    await this.userAttaches(file, port);
  }

  async userAttaches(file: string, port: number, type = "hdd"): Promise<void> {
    const { uuid } = this.spec;
    const slot = ["--storagectl", "SATA", "--port", String(port), "--device", "0"];
    await this.user("storageattach", uuid, ...slot, "--type", type, "--medium", file);
  }

  /** Locations of the disks in VirtualBox's registry. */
  async disks(): Promise<string[]> {
    return [...(await this.user("list", "hdds")).matchAll(/^Location: +(.*)$/gm)].map((match) => match[1]);
  }

  verbs(): string[] {
    return this.calls.map(([verb]) => verb);
  }
}
