import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Machines } from "../../../lab/machine/hardware";
import { Answer } from "../../../lab/virtualbox/answer";
import { Box } from "../../../lab/virtualbox/box";
import { Faults } from "../../../lab/virtualbox/faults";
import { HostInterface, HostNetwork } from "../../../lab/virtualbox/host-network";
import { netmaskOf } from "../../../lab/virtualbox/addresses";
import { Store } from "../../../lab/virtualbox/store";
import { vboxmanage } from "../../../lab/virtualbox/vboxmanage";
import { fakeMachines } from "./fake-machines";

/** The host network in memory. */
export function fakeNetwork(interfaces: HostInterface[] = [], networksConf?: string): HostNetwork {
  const named = (name: string) => interfaces.find((one) => one.name === name)!;
  return {
    interfaces: async () => structuredClone(interfaces),
    namespace: () => 0xeffffff9,
    networksConf: () => networksConf,
    createInterface: async (name, mac) => {
      interfaces.push({ name, mac, up: false, address: "", netmask: "", ipv6: "", ipv6Prefix: 0 });
    },
    setAddress: async (name, address, prefixLength) => {
      Object.assign(named(name), { address, netmask: netmaskOf(prefixLength), up: true });
    },
    removeInterface: async (name) => {
      interfaces.splice(interfaces.indexOf(named(name)), 1);
    },
  };
}

/** A stand-in on a desk of its own: a folder for state and disks, a clock that only the test moves. */
export class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), "vboxmanage-"));
  readonly machines: Machines = fakeMachines(this.folder);
  readonly box: Box;
  time = Date.parse("2026-11-22T12:50:54.360Z");

  constructor(network: HostNetwork = fakeNetwork()) {
    this.box = {
      store: new Store(join(this.folder, "virtualbox")),
      machines: this.machines,
      network,
      now: () => new Date(this.time),
      uuid: randomUUID,
      home: "/root",
      folder: this.folder,
    };
  }

  /** One call of VBoxManage. */
  call(...args: string[]): Promise<Answer> {
    return vboxmanage(this.box, args);
  }

  /** One call that has to work. Returns its stdout. */
  async run(...args: string[]): Promise<string> {
    const { exit, stdout, stderr } = await this.call(...args);
    if (exit !== 0) throw new Error(`${args.join(" ")}: exit ${exit}\n${stderr}`);
    return stdout;
  }

  /** The value of a key of `showvminfo --machinereadable`. */
  async info(machine: string, key: string): Promise<string | undefined> {
    const lines = (await this.run("showvminfo", machine, "--machinereadable")).split("\n");
    return lines.map((line) => /^"?(.*?)"?="?(.*?)"?$/.exec(line)).find((match) => match?.[1] === key)?.[2];
  }

  /** A registered VM with one disk and one host-only NIC. Returns its UUID. */
  async createMachine(name = "il"): Promise<string> {
    const uuid = randomUUID();
    await this.run(
      "createvm",
      "--name",
      name,
      "--uuid",
      uuid,
      "--basefolder",
      this.path("vms"),
      "--ostype",
      "Linux_64",
      "--register",
    );
    await this.run("storagectl", name, "--name", "SATA", "--add", "sata");
    await this.run("createmedium", "disk", "--filename", this.path(`vms/${name}/disk.vdi`), "--size", "64");
    await this.run(
      "storageattach",
      name,
      "--storagectl",
      "SATA",
      "--port",
      "0",
      "--type",
      "hdd",
      "--medium",
      this.path(`vms/${name}/disk.vdi`),
    );
    return uuid;
  }

  /** Calls made to the lab machines so far. */
  machineCalls(): unknown[][] {
    const file = this.path("fake-machines/calls");
    if (!existsSync(file)) return [];
    return readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown[]);
  }

  setFaults(faults: Faults): void {
    writeFileSync(this.path("virtualbox/faults.json"), JSON.stringify(faults));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  clear(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
