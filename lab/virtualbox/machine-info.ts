import { dirname, join } from "node:path";
import { guestType } from "./guest-types";
import { mediumByUuid } from "./registry";
import { Attachment, BootDevice, NetworkAdapter, State, Switch, VirtualMachine } from "./state";

/** One fact about a VM, in both forms that `showvminfo` has. */
interface Fact {
  /** Name and value of `--machinereadable`; a string is printed in quotes. */
  key: string;
  machine: string | number;
  label: string;
  human: string;
}

/** Lines that one of the two forms prints as they are. */
interface Verbatim {
  machine: string[];
  human: string[];
}

type Entry = Fact | Verbatim;

const fact = (key: string, machine: string | number, label: string, human = String(machine)): Fact => ({
  key,
  machine,
  label,
  human,
});

/** How a VM is described. */
interface Form {
  machineReadable: boolean;
  /** With what only the process of a VM that runs can tell. */
  console: boolean;
}

/** The answer of `showvminfo`. */
export function describeMachine(
  state: State,
  machine: VirtualMachine,
  { machineReadable, console }: Form,
): string {
  const lines = entries(state, machine, console && machine.power.phase === "on").flatMap((entry) =>
    print(entry, machineReadable),
  );
  return lines.map((line) => `${line}\n`).join("") + (machineReadable ? "" : "\n");
}

function print(entry: Entry, machineReadable: boolean): string[] {
  if (!("key" in entry)) return machineReadable ? entry.machine : entry.human;
  if (!machineReadable) return [`${entry.label.padEnd(28)} ${entry.human}`];
  return [
    typeof entry.machine === "number"
      ? `${entry.key}=${entry.machine}`
      : `${entry.key}=${quote(entry.machine)}`,
  ];
}

/** VirtualBox escapes quotes and backslashes, and nothing else. */
const quote = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;

function entries(state: State, machine: VirtualMachine, console: boolean): Entry[] {
  return [
    ...identity(machine),
    ...processor(machine),
    ...firmware(machine),
    ...power(machine),
    ...graphics(machine),
    ...storage(state, machine),
    ...machine.nics.flatMap((nic, index) => adapter(nic, index + 1)),
    ...peripherals(machine, console),
    ...guest(machine, console),
  ];
}

/** An on-off setting under its machine-readable name. */
const onOff = (machine: VirtualMachine, key: Switch, label: string): Fact => {
  const on = machine.settings.switches[key];
  return fact(key, on ? "on" : "off", label, on ? "enabled" : "disabled");
};

function identity(machine: VirtualMachine): Entry[] {
  const folder = dirname(machine.settingsFile);
  return [
    fact("name", machine.name, "Name:"),
    fact("encryption", "disabled", "Encryption:"),
    fact("groups", machine.groups.join(","), "Groups:"),
    fact("platformArchitecture", "x86", "Platform Architecture:"),
    fact("ostype", guestType(machine.osType)!.description, "Guest OS:"),
    fact("UUID", machine.uuid, "UUID:"),
    fact("CfgFile", machine.settingsFile, "Config file:"),
    fact("SnapFldr", join(folder, "Snapshots"), "Snapshot folder:"),
    fact("LogFldr", join(folder, "Logs"), "Log folder:"),
    fact("hardwareuuid", machine.uuid, "Hardware UUID:"),
  ];
}

function processor(machine: VirtualMachine): Entry[] {
  const { memory, vram, cpuExecutionCap, chipset, firmware, cpus } = machine.settings;
  return [
    fact("memory", memory, "Memory size:", `${memory}MB`),
    onOff(machine, "pagefusion", "Page Fusion:"),
    fact("vram", vram, "VRAM size:", `${vram}MB`),
    fact("cpuexecutioncap", cpuExecutionCap, "CPU exec cap:", `${cpuExecutionCap}%`),
    fact("cpu-profile", "host", "CPUProfile:"),
    fact("chipset", chipset, "Chipset:"),
    fact("firmware", firmware.toUpperCase(), "Firmware:"),
    fact("cpus", cpus, "Number of CPUs:"),
    onOff(machine, "hpet", "HPET:"),
    onOff(machine, "pae", "PAE:"),
    onOff(machine, "longmode", "Long Mode:"),
    onOff(machine, "triplefaultreset", "Triple Fault Reset:"),
    onOff(machine, "apic", "APIC:"),
    onOff(machine, "x2apic", "X2APIC:"),
    onOff(machine, "nested-hw-virt", "Nested VT-x/AMD-V:"),
    { machine: [], human: [`${"CPUID overrides:".padEnd(28)} None`] },
    onOff(machine, "hwvirtex", "Hardware Virtualization:"),
    onOff(machine, "nestedpaging", "Nested Paging:"),
    onOff(machine, "largepages", "Large Pages:"),
    onOff(machine, "vtxvpid", "VT-x VPID:"),
    onOff(machine, "vtxux", "VT-x Unrestricted Exec.:"),
    fact("virtvmsavevmload", "on", "AMD-V Virt. Vmsave/Vmload:", "enabled"),
    fact("cpuid-portability-level", 0, "CPUID Portability Level:"),
  ];
}

const BOOT_DEVICES: Record<BootDevice, string> = {
  none: "Not Assigned",
  floppy: "Floppy",
  dvd: "DVD",
  disk: "HardDisk",
  net: "Network",
};

const PARAVIRT: Record<string, string> = {
  none: "None",
  default: "Default",
  legacy: "Legacy",
  minimal: "Minimal",
  hyperv: "HyperV",
  kvm: "KVM",
};

function firmware(machine: VirtualMachine): Entry[] {
  const { boot, paravirtProvider, switches } = machine.settings;
  const effective = paravirtProvider === "default" ? "kvm" : paravirtProvider;
  return [
    fact("bootmenu", "messageandmenu", "Boot menu mode:", "message and menu"),
    ...boot.map((device, at) =>
      fact(`boot${at + 1}`, device, `Boot Device ${at + 1}:`, BOOT_DEVICES[device]),
    ),
    onOff(machine, "acpi", "ACPI:"),
    onOff(machine, "ioapic", "IOAPIC:"),
    fact("biosapic", "apic", "BIOS APIC mode:", "APIC"),
    fact("biossystemtimeoffset", 0, "Time offset:", "0ms"),
    fact("NvramFile", machine.settingsFile.replace(/\.vbox$/, ".nvram"), "BIOS NVRAM File:"),
    fact("rtcuseutc", switches.rtcuseutc ? "on" : "off", "RTC:", switches.rtcuseutc ? "UTC" : "local time"),
    fact("iommu", "none", "IOMMU:", "None"),
    fact("paravirtprovider", paravirtProvider, "Paravirt. Provider:", PARAVIRT[paravirtProvider]),
    fact("effparavirtprovider", effective, "Effective Paravirt. Prov.:", PARAVIRT[effective]),
  ];
}

const PHASES = {
  off: ["poweroff", "powered off"],
  starting: ["starting", "starting"],
  on: ["running", "running"],
  stopping: ["stopping", "stopping"],
};

function power({ power }: VirtualMachine): Entry[] {
  const { phase, since, saved } = power;
  const [short, long] = stateWords(power) ?? PHASES[phase];
  const time = since.replace("Z", "000000");
  return [
    {
      machine: [`VMState="${short}"`, `VMStateChangeTime="${time}"`],
      human: [`${"State:".padEnd(28)} ${long} (since ${time})`],
    },
    ...(saved === undefined ? [] : [fact("VMStateFile", saved, "State file:")]),
  ];
}

/** VMState and the word for people, as machineStateToName in VirtualBox's source has them. */
function stateWords({ phase, paused, stuck, saved, aborted }: VirtualMachine["power"]): string[] | undefined {
  const both = (word: string) => [word, word];
  if (phase === "on")
    return stuck ? ["gurumeditation", "guru meditation"] : paused ? both("paused") : undefined;
  if (phase !== "off") return undefined;
  if (saved !== undefined) return both(aborted ? "aborted-saved" : "saved");
  return aborted ? both("aborted") : undefined;
}

const GRAPHICS: Record<string, string> = {
  none: "Null",
  vboxvga: "VBoxVGA",
  vmsvga: "VMSVGA",
  vboxsvga: "VBoxSVGA",
};

function graphics(machine: VirtualMachine): Entry[] {
  const { graphicsController, defaultFrontend } = machine.settings;
  return [
    fact(
      "graphicscontroller",
      graphicsController === "none" ? "null" : graphicsController,
      "Graphics Controller:",
      GRAPHICS[graphicsController],
    ),
    fact("monitorcount", 1, "Monitor count:"),
    onOff(machine, "accelerate3d", "3D Acceleration:"),
    fact("teleporterenabled", "off", "Teleporter Enabled:", "disabled"),
    fact("teleporterport", 0, "Teleporter Port:"),
    fact("teleporteraddress", "", "Teleporter Address:"),
    fact("teleporterpassword", "", "Teleporter Password:"),
    fact("tracing-enabled", "off", "Tracing Enabled:", "disabled"),
    fact("tracing-allow-vm-access", "off", "Allow Tracing to Access VM:", "disabled"),
    fact("tracing-config", "", "Tracing Configuration:"),
    fact("autostart-enabled", "off", "Autostart Enabled:", "disabled"),
    fact("autostart-delay", 0, "Autostart Delay:"),
    fact("defaultfrontend", defaultFrontend, "Default Frontend:"),
    fact("vmprocpriority", "default", "VM process priority:"),
  ];
}

function storage(state: State, { controllers, attachments }: VirtualMachine): Entry[] {
  if (controllers.length === 0)
    return [{ machine: [], human: [`${"Storage Controllers:".padEnd(28)} <none>`] }];
  const headings = controllers.flatMap(({ name, ports, bootable }, at) => [
    `storagecontrollername${at}=${quote(name)}`,
    `storagecontrollertype${at}="IntelAhci"`,
    `storagecontrollerinstance${at}="0"`,
    `storagecontrollermaxportcount${at}="30"`,
    `storagecontrollerportcount${at}="${ports}"`,
    `storagecontrollerbootable${at}="${bootable ? "on" : "off"}"`,
  ]);
  const of = (controller: string) => attachments.filter((attachment) => attachment.controller === controller);
  return [
    {
      machine: [
        ...headings,
        ...controllers.flatMap(({ name, ports }) =>
          Array.from({ length: ports }, (_, port) => port).flatMap((port) =>
            machinePort(
              state,
              name,
              port,
              of(name).find((attachment) => attachment.port === port),
            ),
          ),
        ),
      ],
      human: [
        "Storage Controllers:",
        ...controllers.flatMap(({ name, ports, bootable }, at) => [
          `#${at}: '${name}', Type: IntelAhci, Instance: 0, Ports: ${ports} (max 30), ${bootable ? "Bootable" : "Not bootable"}`,
          ...of(name).flatMap((attachment) => humanPort(state, attachment)),
        ]),
      ],
    },
  ];
}

function machinePort(state: State, name: string, port: number, attachment: Attachment | undefined): string[] {
  if (!attachment) return [`"${name}-${port}-0"="none"`];
  if (attachment.medium === null)
    return [`"${name}-${port}-0"="emptydrive"`, `"${name}-IsEjected-${port}-0"="off"`];
  const { location, uuid } = mediumByUuid(state, attachment.medium);
  const off = (property: string) => `"${name}-${property}-${port}-0"="off"`;
  return [
    `"${name}-${port}-0"=${quote(location)}`,
    `"${name}-ImageUUID-${port}-0"="${uuid}"`,
    ...(attachment.kind === "dvd" ? [off("tempeject"), off("IsEjected")] : []),
    off("hot-pluggable"),
    off("nonrotational"),
    off("discard"),
  ];
}

function humanPort(state: State, { port, medium }: Attachment): string[] {
  if (medium === null) return [`  Port ${port}, Unit 0: Empty`];
  const { uuid, location } = mediumByUuid(state, medium);
  return [`  Port ${port}, Unit 0: UUID: ${uuid}`, `    Location: "${location}"`];
}

/** How each kind of attachment is shown: its word, the line that names its network, its description. */
function attachmentOf(nic: NetworkAdapter, slot: number): { network: string[]; human: string } {
  switch (nic.attachment) {
    case "nat":
      return { network: [`natnet${slot}="nat"`], human: "NAT" };
    case "bridged":
      return {
        network: [`bridgeadapter${slot}="${nic.bridgeAdapter}"`],
        human: `Bridged Interface '${nic.bridgeAdapter}'`,
      };
    case "intnet":
      return {
        network: [`intnet${slot}="${nic.internalNetwork}"`],
        human: `Internal Network '${nic.internalNetwork}'`,
      };
    case "hostonly":
      return {
        network: [`hostonlyadapter${slot}="${nic.hostOnlyAdapter}"`],
        human: `Host-only Interface '${nic.hostOnlyAdapter}'`,
      };
    default:
      return { network: [], human: "none" };
  }
}

function adapter(nic: NetworkAdapter, slot: number): Entry[] {
  const label = `NIC ${slot}:`.padEnd(28);
  if (nic.attachment === "none") return [{ machine: [`nic${slot}="none"`], human: [`${label} disabled`] }];
  const { network, human } = attachmentOf(nic, slot);
  const cable = nic.cableConnected ? "on" : "off";
  return [
    {
      machine: [
        ...network,
        `macaddress${slot}="${nic.mac}"`,
        `cableconnected${slot}="${cable}"`,
        `nic${slot}="${nic.attachment}"`,
        `nictype${slot}="${nic.type}"`,
        `nicspeed${slot}="0"`,
      ],
      human: [
        `${label} MAC: ${nic.mac}, Attachment: ${human}, Cable connected: ${cable}, Trace: off (file: none), Type: ${nic.type}, Reported speed: 0 Mbps, Boot priority: 0, Promisc Policy: ${nic.promiscuous}, Bandwidth group: none`,
      ],
    },
    ...(nic.attachment === "nat" ? [natEngine(nic, slot)] : []),
  ];
}

function natEngine(nic: NetworkAdapter, slot: number): Verbatim {
  const reachable = nic.localhostReachable ? 1 : 0;
  return {
    machine: [
      'mtu="0"',
      'sockSnd="64"',
      'sockRcv="64"',
      'tcpWndSnd="64"',
      'tcpWndRcv="64"',
      `localhostReachable="${reachable}"`,
      'forwardBroadcast="0"',
      'enableTFTP="0"',
      ...nic.forwardings.map((rule, at) => `Forwarding(${at})="${rule}"`),
    ],
    human: [
      `NIC ${slot} Settings:`,
      "\tMTU: 0, Socket (send: 64, receive: 64), TCP Window (send:64, receive: 64),",
      `\tLocalhostReachable: ${reachable}, ForwardBroadcast: 0, EnableTFTP: 0`,
      ...nic.forwardings.map((rule, at) => {
        const [name, protocol, hostIp, hostPort, guestIp, guestPort] = rule.split(",");
        return `NIC ${slot} Rule(${at}):   name = ${name}, protocol = ${protocol}, host ip = ${hostIp}, host port = ${hostPort}, guest ip = ${guestIp}, guest port = ${guestPort}`;
      }),
    ],
  };
}

const POINTING: Record<string, [string, string]> = {
  ps2: ["ps2mouse", "PS/2 Mouse"],
  usb: ["usbmouse", "USB Mouse"],
  usbtablet: ["usbtablet", "USB Tablet"],
};

const KEYBOARDS: Record<string, [string, string]> = {
  ps2: ["ps2kbd", "PS/2 Keyboard"],
  usb: ["usbkbd", "USB Keyboard"],
};

const AUDIO: Record<string, string> = {
  default: "Default",
  null: "Null",
  ac97: "AC97",
  hda: "HDA",
  sb16: "SB16",
};

const CODECS: Record<string, string> = { ac97: "STAC9700", hda: "STAC9221", sb16: "SB16" };

const SHARING: Record<string, string> = {
  disabled: "disabled",
  hosttoguest: "HostToGuest",
  guesttohost: "GuestToHost",
  bidirectional: "Bidirectional",
};

function peripherals(machine: VirtualMachine, console: boolean): Entry[] {
  const { settings, power } = machine;
  const ports = (key: string, label: string, count: number) =>
    Array.from({ length: count }, (_, at) =>
      fact(`${key}${at + 1}`, "off", `${label} ${at + 1}:`, "disabled"),
    );
  const audio = settings.audioEnabled
    ? `enabled (Driver: ${AUDIO[settings.audioDriver]}, Controller: ${AUDIO[settings.audioController]}, Codec: ${CODECS[settings.audioController]})`
    : "disabled";
  const folder = dirname(machine.settingsFile);
  return [
    fact("hidpointing", POINTING[settings.mouse][0], "Pointing Device:", POINTING[settings.mouse][1]),
    fact("hidkeyboard", KEYBOARDS[settings.keyboard][0], "Keyboard Device:", KEYBOARDS[settings.keyboard][1]),
    ...ports("uart", "UART", 4),
    ...ports("lpt", "LPT", 2),
    fact("audio", settings.audioEnabled ? settings.audioDriver : "none", "Audio:", audio),
    onOff(machine, "audio_out", "Audio playback:"),
    onOff(machine, "audio_in", "Audio capture:"),
    fact("clipboard", settings.clipboardMode, "Clipboard Mode:", SHARING[settings.clipboardMode]),
    fact("clipboard_file_transfers", "off", "Clipboard file transfers:", "disabled"),
    fact("draganddrop", settings.dragAndDrop, "Drag and drop Mode:", SHARING[settings.dragAndDrop]),
    ...(power.phase === "off" ? [] : [fact("SessionName", "headless", "Session name:")]),
    ...(console
      ? [
          {
            machine: ['VideoMode="720,400,0"@0,0 1'],
            human: [`${"Video mode:".padEnd(28)} 720x400x0 at 0,0 enabled`],
          },
        ]
      : []),
    onOff(machine, "vrde", "VRDE:"),
    onOff(machine, "usb", "OHCI USB:"),
    onOff(machine, "ehci", "EHCI USB:"),
    onOff(machine, "xhci", "xHCI USB:"),
    {
      machine: console ? ['VRDEActiveConnection="off"', "VRDEClients==0"] : [],
      human: [
        `${"USB Device Filters:".padEnd(28)} <none>`,
        ...(console
          ? ["Available remote USB devices: <none>", "Currently attached USB devices: <none>"]
          : []),
        `${"Bandwidth groups:".padEnd(28)} <none>`,
        `${"Shared folders:".padEnd(28)} <none>`,
        ...(console
          ? [`${"VRDE Connection:".padEnd(28)} not active`, `${"Clients so far:".padEnd(28)} 0`]
          : []),
      ],
    },
    fact("recording_started", "off", "Recording status:", "stopped"),
    fact("recording_enabled", "off", "Recording enabled:", "no"),
    fact("recording_screens", 1, "Recording screens:"),
    { machine: [" rec_screen0"], human: [" Screen 0:"] },
    fact("rec_screen_enabled", "on", "    Enabled:", "yes"),
    fact("rec_screen_id", 0, "    ID:"),
    fact("rec_screen_video_enabled", "on", "    Record video:", "yes"),
    fact("rec_screen_audio_enabled", "off", "    Record audio:", "no"),
    fact("rec_screen_dest", "File", "    Destination:"),
    fact("rec_screen_dest_filename", join(folder, `${machine.name}-screen0.webm`), "    File:"),
    fact("rec_screen_opts", "ac_profile=med", "    Options:"),
    fact("rec_screen_video_res_xy", "1024x768", "    Video dimensions:"),
    fact("rec_screen_video_rate_kbps", 512, "    Video rate:", "512kbps"),
    fact("rec_screen_video_fps", 25, "    Video FPS:", "25fps"),
  ];
}

/** Each is the child of the one before, which its keys tell; the VM is built on the last. */
function snapshots({ snapshots: all = [] }: VirtualMachine): Entry[] {
  const suffix = (at: number) => "-1".repeat(at);
  const current = all.at(-1);
  if (!current) return [];
  return [
    {
      machine: [
        ...all.flatMap(({ name, uuid }, at) => [
          `SnapshotName${suffix(at)}=${quote(name)}`,
          `SnapshotUUID${suffix(at)}="${uuid}"`,
        ]),
        `CurrentSnapshotName=${quote(current.name)}`,
        `CurrentSnapshotUUID="${current.uuid}"`,
        `CurrentSnapshotNode="SnapshotName${suffix(all.length - 1)}"`,
      ],
      human: ["* Snapshots:", "", ...all.map(({ name, uuid }) => `   Name: ${name} (UUID: ${uuid})`), ""],
    },
  ];
}

function guest(machine: VirtualMachine, console: boolean): Entry[] {
  const { description } = machine.settings;
  return [
    ...(description === ""
      ? []
      : [{ machine: [`description=${quote(description)}`], human: ["Description:", description] }]),
    ...snapshots(machine),
    { machine: [], human: ["* Guest:"] },
    fact("GuestMemoryBalloon", 0, "Configured memory balloon:", "0MB"),
    ...(console
      ? [
          fact("GuestOSType", machine.osType, "OS type:"),
          fact("GuestAdditionsRunLevel", 0, "Additions run level:"),
          { machine: [], human: [`${"Guest Facilities:".padEnd(28)} <none>`] },
        ]
      : []),
  ];
}
