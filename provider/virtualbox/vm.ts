import { dirname } from "node:path";
import { isFault } from "./errors";
import { parseBlocks, parseMachineReadable } from "./parse";
import { CONTROLLER } from "./spec";
import { VBoxManage } from "./vboxmanage";

/** A machine as VirtualBox describes it. */
export interface Vm {
  uuid: string;
  name: string;
  groups: string[];
  /** The machine's own folder. */
  folder: string;
  /** The settings file. */
  settings: string;
  snapshotFolder: string;
  logFolder: string;
  /** VirtualBox's word, such as poweroff, running, saved. */
  state: string;
  /** Some process (a running machine's own, VirtualBox's window) holds the machine. */
  locked: boolean;
  /** MB */
  memory: number;
  cpus: number;
  /** What it boots from, first things first, without "none". */
  boot: string[];
  nics: Map<number, VmNic>;
  /** Whether the disk controller is there. */
  controller: boolean;
  /** What is attached to the controller's ports. */
  ports: Map<number, Attached>;
  /** Names of its snapshots. */
  snapshots: string[];
  /** What is attached to any controller, whoever added that. */
  attached: Attached[];
}

/** A medium in a drive. */
export interface Attached {
  location: string;
  uuid: string;
}

export interface VmNic {
  /** VirtualBox's word: nat, hostonly, bridged, … */
  kind: string;
  /** Lower case with colons. */
  mac: string;
  /** Of a host-only or bridged one: the box's interface. */
  interface?: string;
}

/** Understands `showvminfo --machinereadable`. */
export function readVm(text: string): Vm {
  const values = parseMachineReadable(text);
  const get = (key: string): string => values.get(key) ?? "";
  const nics = new Map<number, VmNic>();
  const ports = new Map<number, Attached>();
  const attached: Attached[] = [];
  const boot: [number, string][] = [];
  const snapshots: string[] = [];
  for (const [key, value] of values) {
    const nic = /^nic(\d+)$/.exec(key)?.[1];
    if (nic && value !== "none") {
      const adapter = { hostonly: "hostonlyadapter", bridged: "bridgeadapter" }[value];
      nics.set(Number(nic), {
        kind: value,
        mac: (get(`macaddress${nic}`).toLowerCase().match(/../g) ?? []).join(":"),
        interface: adapter && values.get(`${adapter}${nic}`),
      });
    }
    // "<controller>-<port>-<device>" is what is there; its UUID has a line of its own.
    const slot = /^(.+)-(\d+)-(\d+)$/.exec(key);
    const [, controller = "", port = "", device = ""] = slot ?? [];
    const uuid = slot && values.get(`${controller}-ImageUUID-${port}-${device}`);
    if (uuid && value !== "none" && value !== "emptydrive") {
      attached.push({ location: value, uuid });
      if (controller === CONTROLLER && device === "0") ports.set(Number(port), { location: value, uuid });
    }
    if (/^SnapshotName(-\d+)*$/.test(key)) snapshots.push(value);
    const position = /^boot(\d+)$/.exec(key)?.[1];
    if (position && value !== "none") boot.push([Number(position), value]);
  }
  return {
    uuid: get("UUID").toLowerCase(),
    name: get("name"),
    groups: get("groups").split(",").filter(Boolean),
    folder: dirname(get("CfgFile")),
    settings: get("CfgFile"),
    snapshotFolder: get("SnapFldr"),
    logFolder: get("LogFldr"),
    state: get("VMState"),
    locked: get("SessionName") !== "",
    memory: Number(get("memory")),
    cpus: Number(get("cpus")),
    boot: boot.sort(([one], [other]) => one - other).map(([, device]) => device),
    nics,
    controller: [...values].some(
      ([key, value]) => /^storagecontrollername\d+$/.test(key) && value === CONTROLLER,
    ),
    ports,
    snapshots,
    attached,
  };
}

/**
 * Looks at a machine; undefined when VirtualBox knows none of that UUID.
 * @throws VBoxManageError "inaccessible" when VirtualBox knows it but cannot read its settings
 */
export async function look(vbox: VBoxManage, uuid: string): Promise<Vm | undefined> {
  try {
    const answer = await vbox.tolerating(["missing"], ["showvminfo", uuid, "--machinereadable"]);
    return answer && readVm(answer.stdout);
  } catch (error) {
    if (!isFault(error, "inaccessible")) throw error;
    const settings = await settingsFileOf(vbox, uuid).catch(() => undefined);
    throw error.with(settings && `Its settings file is ${settings}`);
  }
}

/** The settings file as VirtualBox's registry has it; that is known of a machine that cannot be read, too. */
export async function settingsFileOf(vbox: VBoxManage, uuid: string): Promise<string | undefined> {
  // With a machine that cannot be read in the list, it says why as if it had failed.
  const { stdout } = await vbox.retrying(["list", "vms", "--long"], { success: /^Config file:/m });
  return parseBlocks(stdout)
    .find((block) => block.get("UUID")?.toLowerCase() === uuid)
    ?.get("Config file");
}
