/** A lab machine as its owner (the stand-in for VBoxManage or for Hetzner Cloud) describes it. */
export interface Hardware {
  uuid: string;
  /** For people: in logs, on the boot menu, for `lab console NAME`. */
  name: string;
  /** MB; told to the machine, not enforced. */
  memory: number;
  cpus: number;
  /** Tried in this order at every boot, as a BIOS does. */
  boot: ("dvd" | "disk" | "none")[];
  drives: Drive[];
  nics: Nic[];
  /** Folder of the owner's for this machine's logs (console.log, …). */
  logs: string;
}

/** `port` is the SATA port, from 0: port N is /dev/disk/by-path/pci-0000:00:0d.0-ata-<N+1> in the machine. */
export interface Drive {
  port: number;
  kind: "disk" | "dvd";
  /** A raw image on this box. */
  file: string;
}

export interface Nic {
  /** From 1, each once. */
  slot: number;
  /** In the machine; enp0s3 for slot 1, enp0s8 for slot 2 unless told otherwise (names that nothing may rely on). */
  name?: string;
  /** Six pairs of hex digits with colons. */
  mac: string;
  /** `nat`: a network of its own with a DHCP server that always gives 10.0.2.15; `bridge`: a port of that bridge of the lab's network. */
  attachment: { kind: "nat" } | { kind: "bridge"; bridge: string };
  /** Bytes that fit into a packet; 1500 unless told otherwise. */
  mtu?: number;
  /** Of the bridge, it reaches the bridge's own addresses only, and no other port. */
  isolated?: boolean;
}

/** What the owner of a machine can do with it. Every call works from any process inside the lab. */
export interface Machines {
  /** Powers the machine on with this hardware and returns as soon as it runs (booting goes on). */
  start(hardware: Hardware): Promise<void>;
  isRunning(uuid: string): Promise<boolean>;
  /** Cuts the power; returns when nothing of the machine runs or is mounted any more. */
  powerOff(uuid: string): Promise<void>;
  /** ACPI power button: the machine's system shuts itself down, or ignores it. */
  pressPowerButton(uuid: string): Promise<void>;
  /** Hard reset. */
  reset(uuid: string): Promise<void>;
  /** Keys typed on the machine's keyboard: the boot menu or the console gets them. "\n" is Enter. */
  type(uuid: string, text: string): Promise<void>;
  /** The machine is no more, off or on: the lab keeps nothing of it, and lists it no longer. */
  forget(uuid: string): Promise<void>;
}

/** What the owner of a machine that is on can do with its NICs. VirtualBox cannot. */
export interface HotPlugging {
  /** Puts a NIC into a machine that is on, with its cable, in place of what is in that slot. */
  plug(uuid: string, nic: Nic): Promise<void>;
  /** Takes the NIC in that slot out of a machine that is on; nothing to do when there is none. */
  unplug(uuid: string, slot: number): Promise<void>;
}
