/** Everything the stand-in remembers, as kept in state.json. */
export interface State {
  machines: VirtualMachine[];
  media: Medium[];
  dhcpServers: DhcpServer[];
  /** `setextradata global`, where VirtualBox also keeps the addresses of host-only interfaces. */
  extraData: Record<string, string>;
}

/** A registered VM. */
export interface VirtualMachine {
  uuid: string;
  name: string;
  groups: string[];
  /** VirtualBox's id of the guest OS type. */
  osType: string;
  /** The .vbox file; its folder holds the VM's logs and, by default, its disks. */
  settingsFile: string;
  settings: Settings;
  controllers: Controller[];
  attachments: Attachment[];
  /** From the first to the last, each built on the one before. */
  snapshots?: Snapshot[];
  /** Eight of them; index 0 is NIC 1. */
  nics: NetworkAdapter[];
  extraData: Record<string, string>;
  guestProperties: Record<string, string>;
  power: Power;
  /** Keys held down between two calls of `controlvm keyboardputscancode`. */
  shiftHeld: boolean;
}

/** What `modifyvm` changes besides NICs, in VirtualBox's words. */
export interface Settings {
  description: string;
  /** MB. */
  memory: number;
  cpus: number;
  /** MB. */
  vram: number;
  /** Percent. */
  cpuExecutionCap: number;
  boot: BootDevice[];
  firmware: string;
  chipset: string;
  graphicsController: string;
  paravirtProvider: string;
  mouse: string;
  keyboard: string;
  audioEnabled: boolean;
  audioDriver: string;
  audioController: string;
  clipboardMode: string;
  dragAndDrop: string;
  defaultFrontend: string;
  /** On-off settings by their name in `showvminfo --machinereadable`. */
  switches: Record<Switch, boolean>;
}

export type BootDevice = "none" | "floppy" | "dvd" | "disk" | "net";

export type Switch =
  | "acpi"
  | "ioapic"
  | "rtcuseutc"
  | "pae"
  | "longmode"
  | "hpet"
  | "apic"
  | "x2apic"
  | "hwvirtex"
  | "nestedpaging"
  | "nested-hw-virt"
  | "largepages"
  | "vtxvpid"
  | "vtxux"
  | "pagefusion"
  | "triplefaultreset"
  | "accelerate3d"
  | "audio_in"
  | "audio_out"
  | "vrde"
  | "usb"
  | "ehci"
  | "xhci";

/** A storage controller; only SATA is modelled. */
export interface Controller {
  name: string;
  ports: number;
  bootable: boolean;
  hostIoCache: boolean;
}

/** A drive on a controller's port. */
export interface Attachment {
  controller: string;
  port: number;
  kind: "disk" | "dvd";
  /** UUID of the medium; null for an empty DVD drive. */
  medium: string | null;
}

/** A VM as it was: of that, only the drives are kept. */
export interface Snapshot {
  uuid: string;
  name: string;
  attachments: Attachment[];
}

export type AttachmentType = "none" | "null" | "nat" | "bridged" | "intnet" | "hostonly";

export interface NetworkAdapter {
  attachment: AttachmentType;
  type: string;
  /** Twelve hex digits, upper case, without colons. */
  mac: string;
  cableConnected: boolean;
  promiscuous: string;
  bridgeAdapter: string;
  hostOnlyAdapter: string;
  internalNetwork: string;
  localhostReachable: boolean;
  /** `name,protocol,host ip,host port,guest ip,guest port`, the form of `--nat-pf`. */
  forwardings: string[];
}

/**
 * Power and session of a VM. `on` and `off` are what was last seen: whether it runs is asked of the lab machine
 * at every call. `starting` and `stopping` hold while the process of that call lives.
 */
export interface Power {
  phase: "off" | "starting" | "on" | "stopping";
  /** ISO time of the last change. */
  since: string;
  /** It is on, and held by `controlvm pause`. */
  paused?: boolean;
  /** It is on, and stopped for good by a fault of VirtualBox's own (guru meditation). */
  stuck?: boolean;
  /** It is off, and would go on from the state in this file. */
  saved?: string;
  /** It is off, since its process ended as it should not have; with a saved state: while it went on from that. */
  aborted?: boolean;
  worker?: ProcessIdentity;
  /** Milliseconds since the epoch until which the session of a VM that went off stays locked. */
  unlocksAt?: number;
}

/** A process that can't be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks after boot at which it started, from /proc. */
  started: string;
}

/** A disk or DVD image in the media registry. */
export interface Medium {
  uuid: string;
  /** Of a differencing disk: the disk that it is built on. */
  parent?: string;
  kind: "disk" | "dvd";
  location: string;
  /** VDI, VMDK, VHD or RAW; the file itself is always raw and sparse. */
  format: string;
  variant: "dynamic" | "fixed";
  /** Bytes. */
  capacity: number;
  /** Megabytes that its file took when it was last looked at; a file that is gone leaves them. */
  lastSize?: number;
}

/** A record of `list dhcpservers`; nothing serves it in the lab. */
export interface DhcpServer {
  network: string;
  address: string;
  netmask: string;
  lower: string;
  upper: string;
  enabled: boolean;
}

/**
 * State of a VirtualBox nobody has used: VirtualBox.xml of a new user holds a DHCP server for vboxnet0
 * before that interface exists.
 */
export function freshState(): State {
  return {
    machines: [],
    media: [],
    dhcpServers: [
      {
        network: "HostInterfaceNetworking-vboxnet0",
        address: "192.168.56.100",
        netmask: "255.255.255.0",
        lower: "192.168.56.101",
        upper: "192.168.56.254",
        enabled: true,
      },
    ],
    extraData: {},
  };
}

/** Hardware of a VM that `createvm` without `--default` makes for a 64-bit Linux. */
export function freshSettings(): Settings {
  return {
    description: "",
    memory: 1024,
    cpus: 1,
    vram: 8,
    cpuExecutionCap: 100,
    boot: ["floppy", "dvd", "disk", "none"],
    firmware: "bios",
    chipset: "piix3",
    graphicsController: "vboxvga",
    paravirtProvider: "default",
    mouse: "ps2",
    keyboard: "ps2",
    audioEnabled: true,
    audioDriver: "default",
    audioController: "ac97",
    clipboardMode: "disabled",
    dragAndDrop: "disabled",
    defaultFrontend: "",
    switches: {
      acpi: true,
      ioapic: true,
      rtcuseutc: true,
      pae: true,
      longmode: true,
      hpet: false,
      apic: true,
      x2apic: true,
      hwvirtex: true,
      nestedpaging: true,
      "nested-hw-virt": false,
      largepages: false,
      vtxvpid: true,
      vtxux: true,
      pagefusion: false,
      triplefaultreset: false,
      accelerate3d: false,
      audio_in: false,
      audio_out: false,
      vrde: false,
      usb: false,
      ehci: false,
      xhci: false,
    },
  };
}

/** NIC 1 is NAT, the other seven are off. `mac` makes an address for each. */
export const freshAdapters = (mac: () => string): NetworkAdapter[] =>
  Array.from({ length: 8 }, (_, index) => ({
    attachment: index === 0 ? "nat" : "none",
    type: "82540EM",
    mac: mac(),
    cableConnected: true,
    promiscuous: "deny",
    bridgeAdapter: "",
    hostOnlyAdapter: "",
    internalNetwork: "",
    localhostReachable: false,
    forwardings: [],
  }));
