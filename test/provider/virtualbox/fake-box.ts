import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Finished, Run } from "../../../provider/process";
import { prefixLengthOf } from "../../../provider/virtualbox/ipv4";
import { Route } from "../../../provider/virtualbox/routes";
import { FakeClock } from "./fake-clock";
import { real } from "./transcript";

interface FakeVm {
  uuid: string;
  name: string;
  group: string;
  folder: string;
  options: Map<string, string>;
  controller: boolean;
  extraData: Map<string, string>;
  /** Medium by port. */
  ports: Map<number, string>;
  state: string;
  /** Time until which its last session holds it. */
  lockedUntil: number;
}

export interface FakeInterface {
  name: string;
  address: string;
  netmask: string;
  dhcp: boolean;
  /** Somebody took it down. */
  down?: boolean;
  /** Somebody took its address away; VirtualBox goes on telling it. */
  addressless?: boolean;
}

/** The process was killed before, or right after, a call did its work. */
export class Killed extends Error {}

/**
 * A VirtualBox in memory that answers VBoxManage's calls with the transcript's words, for tests of what the driver
 * does in which order. Media are real (empty) files below `folder`.
 */
export class FakeBox {
  readonly clock = new FakeClock();
  readonly vms = new Map<string, FakeVm>();
  /** Size in MB by file. */
  readonly disks = new Map<string, number>();
  readonly dvds = new Set<string>();
  interfaces: FakeInterface[] = [];
  /** Routes of the box by other interfaces. */
  otherRoutes: Route[] = [];
  /** All calls in their order. */
  readonly calls: string[][] = [];
  /** Content of what was converted to the last seed disk. */
  lastRaw?: Buffer;

  /** Ends the caller at this call (from 0). */
  kill?: { at: number; after: boolean };
  /** Milliseconds for which a session outlives its machine's power-off. */
  unlockDelay = 0;
  obeysAcpi = true;
  /** Answers that come instead of the real ones: the first whose pattern fits, as often as it says. */
  faults: { pattern: RegExp; times: number; answer: Partial<Finished>; afterwards?: boolean }[] = [];
  /** A newly made interface has the DHCP server of VirtualBox's first one. */
  dhcpOnNew = false;

  constructor(readonly folder: string) {}

  readonly run: Run = async (command, args) => {
    if (command !== "VBoxManage") throw new Error(`unexpected program ${command}`);
    const index = this.calls.push(args) - 1;
    if (this.kill?.at === index && !this.kill.after) throw new Killed();
    const line = args.join(" ");
    const fault = this.faults.find(({ pattern, times }) => times > 0 && pattern.test(line));
    if (fault) fault.times--;
    if (fault && !fault.afterwards) return { code: 1, stdout: "", stderr: "", ...fault.answer };
    const answer = this.answer(args);
    if (this.kill?.at === index) throw new Killed();
    return fault ? { code: 1, stdout: "", stderr: "", ...fault.answer } : answer;
  };

  /** The box's routes, as its kernel has them. */
  readonly routes = async (): Promise<Route[]> => [
    ...this.interfaces.flatMap(({ name, address, netmask, down, addressless }) => {
      const prefixLength = prefixLengthOf(netmask) ?? 0;
      return down || addressless || prefixLength === 0 ? [] : [{ interface: name, address, prefixLength }];
    }),
    ...this.otherRoutes,
  ];

  /** Everything that would be left behind, in a comparable form. */
  inventory() {
    return {
      vms: [...this.vms.values()].map(({ uuid, name, group, options, controller, ports, state }) => ({
        ...{ uuid, name, group, controller, state },
        options: Object.fromEntries([...options].sort()),
        ports: Object.fromEntries([...ports].sort()),
      })),
      disks: Object.fromEntries([...this.disks].sort()),
      dvds: [...this.dvds].sort(),
      interfaces: this.interfaces,
    };
  }

  private answer(args: string[]): Finished {
    const [verb, ...rest] = args as [string, ...string[]];
    switch (verb) {
      case "--version":
        return said(real("--version").stdout);
      case "list":
        return this.list(rest[0]);
      case "createvm":
        return this.createvm(options(rest));
      case "showvminfo":
        return this.withVm(rest[0], (vm) => said(this.describe(vm)));
      case "modifyvm":
        return this.changing(rest[0], (vm) => {
          for (const [key, value] of options(rest.slice(1))) vm.options.set(key, value);
          return said("");
        });
      case "storagectl":
        return this.changing(rest[0], (vm) => {
          if (vm.controller) return failed(real("storagectl", 1).stderr);
          vm.controller = true;
          return said("");
        });
      case "createmedium":
        return this.createmedium(options(rest.slice(1)));
      case "convertfromraw":
        return this.convertfromraw(rest[0], rest[1]);
      case "storageattach":
        return this.changing(rest[0], (vm) => this.storageattach(vm, options(rest.slice(1))));
      case "showmediuminfo":
        return this.showmediuminfo(rest[0], rest[1]);
      case "modifymedium":
        if (this.vmsWith(rest[1]).some(({ state }) => state !== "poweroff")) return failed(LOCKED);
        this.disks.set(rest[1], Number(rest[3]));
        return progress();
      case "closemedium":
        return this.closemedium(rest[0], rest[1], rest[2] === "--delete");
      case "startvm":
        return this.withVm(rest[0], (vm) => {
          if (!OFF.includes(vm.state)) return failed(LOCKED);
          vm.state = "running";
          for (const one of this.interfaces)
            if (one.name === vm.options.get("--hostonlyadapter2")) delete one.down;
          return said(
            `Waiting for VM "${vm.uuid}" to power on...\nVM "${vm.uuid}" has been successfully started.\n`,
          );
        });
      case "controlvm":
        return this.withVm(rest[0], (vm) => this.controlvm(vm, rest[1]));
      case "discardstate":
        return this.changing(rest[0], (vm) => ((vm.state = "poweroff"), said("")));
      case "unregistervm":
        return this.changing(rest[0], (vm) => this.unregistervm(vm, rest.includes("--delete")));
      case "getextradata":
        return this.withVm(rest[0], ({ extraData }) =>
          said(extraData.has(rest[1]) ? `Value: ${extraData.get(rest[1])}\n` : "No value set!\n"),
        );
      case "setextradata":
        return this.withVm(rest[0], ({ extraData }) => (extraData.set(rest[1], rest[2]), said("")));
      case "hostonlyif":
        return this.hostonlyif(rest);
      case "dhcpserver": {
        const found = this.interfaces.find(({ name }) => rest[1] === `--interface=${name}`);
        if (!found?.dhcp || rest[0] !== "remove")
          return failed("VBoxManage: error: DHCP server does not exist");
        found.dhcp = false;
        return said("");
      }
      default:
        throw new Error(`the fake knows no ${args.join(" ")}`);
    }
  }

  private list(what: string): Finished {
    switch (what) {
      case "systemproperties":
        return said(real("list systemproperties").stdout.replace("/root/VirtualBox VMs", this.folder));
      case "vms":
        return said([...this.vms.values()].map(({ name, uuid }) => `"${name}" {${uuid}}\n`).join(""));
      case "hdds":
        return said([...this.disks.keys()].map((file) => this.mediumText("disk", file)).join("\n"));
      case "dvds":
        return said([...this.dvds].map((file) => this.mediumText("dvd", file)).join("\n"));
      case "hostonlyifs":
        return said(
          this.interfaces
            .map(
              ({ name, address, netmask, down }) =>
                `Name:            ${name}\nGUID:            786f6276-656e-4074-8000-0a0027000000\nDHCP:            Disabled\n` +
                `IPAddress:       ${address}\nNetworkMask:     ${netmask}\nHardwareAddress: 0a:00:27:00:00:00\n` +
                `MediumType:      Ethernet\nStatus:          ${down ? "Down" : "Up"}\nVBoxNetworkName: HostInterfaceNetworking-${name}\n`,
            )
            .join("\n"),
        );
      case "dhcpservers":
        return said(
          this.interfaces
            .filter(({ dhcp }) => dhcp)
            .map(
              ({ name }) =>
                `NetworkName:    HostInterfaceNetworking-${name}\nDhcpd IP:       192.168.56.100\nEnabled:        Yes\n`,
            )
            .join("\n"),
        );
      default:
        throw new Error(`the fake lists no ${what}`);
    }
  }

  private createvm(values: Map<string, string>): Finished {
    const name = values.get("--name")!;
    const group = values.get("--groups") ?? "/";
    const folder = join(values.get("--basefolder") ?? this.folder, group, name);
    const settings = join(folder, `${name}.vbox`);
    if (existsSync(settings)) return failed(real("createvm", 1).stderr);
    const uuid = values.get("--uuid")!;
    mkdirSync(folder, { recursive: true });
    writeFileSync(settings, `<Machine uuid="{${uuid}}" name="${name}"/>`);
    const fresh = new Map([
      ["--boot1", "floppy"],
      ["--boot2", "dvd"],
      ["--memory", "128"],
      ["--cpus", "1"],
    ]);
    const vm = {
      uuid,
      name,
      group,
      folder,
      options: fresh,
      controller: false,
      extraData: new Map(),
      ports: new Map(),
      state: "poweroff",
    };
    this.vms.set(uuid, { ...vm, lockedUntil: 0 });
    return said(
      `Virtual machine '${name}' is created and registered.\nUUID: ${uuid}\nSettings file: '${settings}'\n`,
    );
  }

  /** The transcript's machine with this one's values. */
  private describe(vm: FakeVm): string {
    const option = (key: string, otherwise: string) => vm.options.get(key) ?? otherwise;
    const lines = real("showvminfo kluster-dev-il --machinereadable")
      .stdout.split("\n")
      .filter((line) => !/^("SATA-|storagecontroller|nic\d|macaddress|hostonlyadapter|boot\d)/.test(line))
      .map((line) => {
        const key = line.split("=")[0];
        const value = {
          name: `"${vm.name}"`,
          groups: `"${vm.group}"`,
          UUID: `"${vm.uuid}"`,
          CfgFile: `"${join(vm.folder, `${vm.name}.vbox`)}"`,
          LogFldr: `"${join(vm.folder, "Logs")}"`,
          SnapFldr: `"${join(vm.folder, "Snapshots")}"`,
          memory: option("--memory", ""),
          cpus: option("--cpus", ""),
          VMState: `"${vm.state}"`,
        }[key];
        return value === undefined ? line : `${key}=${value}`;
      });
    const nic = (at: number) => {
      const kind = option(`--nic${at}`, "none");
      const mac = option(`--macaddress${at}`, "080027000000");
      const adapter = vm.options.get(kind === "bridged" ? `--bridgeadapter${at}` : `--hostonlyadapter${at}`);
      const key = { bridged: "bridgeadapter", hostonly: "hostonlyadapter" }[kind];
      return [...(key ? [`${key}${at}="${adapter}"`] : []), `macaddress${at}="${mac}"`, `nic${at}="${kind}"`];
    };
    const port = (at: number) => {
      const medium = vm.ports.get(at);
      return [
        `"SATA-${at}-0"="${medium ?? "none"}"`,
        ...(medium ? [`"SATA-ImageUUID-${at}-0"="${uuidOf(medium)}"`] : []),
      ];
    };
    const boot = [1, 2, 3, 4].map((at) => `boot${at}="${option(`--boot${at}`, "none")}"`);
    const held = !OFF.includes(vm.state) || this.clock.now() < vm.lockedUntil;
    return [
      ...lines,
      ...boot,
      ...(vm.controller ? ['storagecontrollername0="SATA"', ...[0, 1, 2, 3].flatMap(port)] : []),
      ...nic(1),
      ...nic(2),
      ...(held ? ['SessionName="headless"'] : []),
    ].join("\n");
  }

  private createmedium(values: Map<string, string>): Finished {
    const file = values.get("--filename")!;
    if (existsSync(file)) return failed(real("createmedium", 1).stderr);
    writeFileSync(file, "");
    this.disks.set(file, Number(values.get("--size")));
    return progress("Medium created. UUID: bab78e9e-f6a9-4bca-b921-8cf7387d4fdd\n");
  }

  private convertfromraw(raw: string, file: string): Finished {
    if (existsSync(file)) return failed(real("createmedium", 1).stderr);
    this.lastRaw = readFileSync(raw);
    writeFileSync(file, this.lastRaw);
    return { ...said(""), stderr: real("convertfromraw").stderr };
  }

  private storageattach(vm: FakeVm, values: Map<string, string>): Finished {
    const medium = values.get("--medium")!;
    const port = Number(values.get("--port"));
    if (medium === "none") vm.ports.delete(port);
    else if (!existsSync(medium)) return failed(real("storageattach", 3).stderr);
    else {
      vm.ports.set(port, medium);
      if (values.get("--type") === "dvddrive") this.dvds.add(medium);
      else if (!this.disks.has(medium)) this.disks.set(medium, 1);
    }
    return said("");
  }

  private showmediuminfo(kind: string, medium: string): Finished {
    const known = kind === "disk" ? [...this.disks.keys()] : [...this.dvds];
    const file = known.find((one) => one === medium || uuidOf(one) === medium);
    return file ? said(this.mediumText(kind, file)) : failed(real("storageattach", 3).stderr);
  }

  private mediumText(kind: string, file: string): string {
    const users = this.vmsWith(file).map(({ name, uuid }) => `${name} (UUID: ${uuid})`);
    const text = real("showmediuminfo disk").stdout.split("\n");
    return text
      .filter((line) => users.length > 0 || !line.startsWith("In use by"))
      .map((line) =>
        line
          .replace(/^(UUID: +).*/, `$1${uuidOf(file)}`)
          .replace(/^(Location: +).*/, `$1${file}`)
          .replace(/^(Capacity: +)\d+/, `$1${kind === "disk" ? this.disks.get(file) : 0}`)
          .replace(/^(In use by VMs: +).*/, `$1${users.join(`\n${" ".repeat(16)}`)}`),
      )
      .join("\n");
  }

  private closemedium(kind: string, medium: string, deleteFile: boolean): Finished {
    const known = kind === "disk" ? [...this.disks.keys()] : [...this.dvds];
    const file = known.find((one) => one === medium || uuidOf(one) === medium);
    if (!file) return failed(real("storageattach", 3).stderr);
    if (this.vmsWith(file).length > 0) return failed(real("closemedium").stderr);
    if (kind === "disk") this.disks.delete(file);
    else this.dvds.delete(file);
    if (deleteFile) rmSync(file);
    return progress();
  }

  private controlvm(vm: FakeVm, act: string): Finished {
    if (OFF.includes(vm.state)) return failed(real("controlvm kluster-dev-il poweroff").stderr);
    const able = { poweroff: ["running", "paused", "gurumeditation"], resume: ["paused"] }[act] ?? [
      "running",
    ];
    if (!able.includes(vm.state)) return failed(invalidState(vm.state));
    if (act === "resume") vm.state = "running";
    if (act === "poweroff" || (act === "acpipowerbutton" && this.obeysAcpi)) {
      vm.state = "poweroff";
      vm.lockedUntil = this.clock.now() + this.unlockDelay;
    }
    return act === "poweroff" ? progress() : said("");
  }

  private unregistervm(vm: FakeVm, deleteFiles: boolean): Finished {
    this.vms.delete(vm.uuid);
    if (!deleteFiles) return said("");
    for (const file of vm.ports.values()) {
      if (this.disks.delete(file)) rmSync(file, { force: true });
    }
    rmSync(join(vm.folder, `${vm.name}.vbox`), { force: true });
    try {
      rmdirSync(vm.folder);
    } catch {
      // something is left in it
    }
    return progress();
  }

  private hostonlyif(rest: string[]): Finished {
    const [act, name] = rest as [string, string];
    if (act === "create") {
      const fresh = `vboxnet${this.interfaces.length}`;
      this.interfaces.push({ name: fresh, address: "0.0.0.0", netmask: "0.0.0.0", dhcp: this.dhcpOnNew });
      return progress(`Interface '${fresh}' was successfully created\n`);
    }
    const found = this.interfaces.find((one) => one.name === name);
    if (!found) return failed(real("hostonlyif ipconfig").stderr);
    if (act === "remove") {
      this.interfaces = this.interfaces.filter((one) => one !== found);
      return progress();
    }
    const values = options(rest.slice(2));
    Object.assign(found, { address: values.get("--ip"), netmask: values.get("--netmask") });
    delete found.down;
    delete found.addressless;
    return said("");
  }

  private vmsWith(file: string): FakeVm[] {
    return [...this.vms.values()].filter(({ ports }) => [...ports.values()].includes(file));
  }

  private withVm(uuid: string, act: (vm: FakeVm) => Finished): Finished {
    const vm = this.vms.get(uuid);
    return vm ? act(vm) : failed(real("showvminfo nosuchvm").stderr);
  }

  /** A call that VirtualBox refuses while a session holds the machine. */
  private changing(uuid: string, act: (vm: FakeVm) => Finished): Finished {
    return this.withVm(uuid, (vm) =>
      !OFF.includes(vm.state) || this.clock.now() < vm.lockedUntil ? failed(LOCKED) : act(vm),
    );
  }
}

/** States in which no process runs a machine. */
const OFF = ["poweroff", "aborted", "saved", "aborted-saved"];

const invalidState = (state: string) => `VBoxManage: error: Invalid machine state: ${state}
VBoxManage: error: Details: code VBOX_E_INVALID_VM_STATE (0x80bb0002), component ConsoleWrap, interface IConsole, callee nsISupports
`;

export const LOCKED = `VBoxManage: error: The machine 'kluster-dev-il' is already locked for a session (or being unlocked)
VBoxManage: error: Details: code VBOX_E_INVALID_OBJECT_STATE (0x80bb0007), component MachineWrap, interface IMachine, callee nsISupports
VBoxManage: error: Context: "LockMachine(a->session, LockType_Write)" at line 640 of file VBoxManageModifyVM.cpp
`;

const said = (stdout: string): Finished => ({ code: 0, stdout, stderr: "" });
const failed = (stderr: string): Finished => ({ code: 1, stdout: "", stderr });
const progress = (stdout = ""): Finished => ({ ...said(stdout), stderr: real("modifymedium").stderr });

/** Some UUID that is always the same for a file. */
const uuidOf = (file: string): string =>
  `00000000-0000-4000-8000-${[...file]
    .reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1e12, 7)
    .toString()
    .padStart(12, "0")}`;

/** Pairs of an option and its value; a flag has an empty one. */
function options(words: string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (let at = 0; at < words.length; at++) {
    const next = words[at + 1];
    if (next === undefined || next.startsWith("--")) found.set(words[at], "");
    else found.set(words[at], words[++at]);
  }
  return found;
}
