import { errorLine, Refusal } from "./answer";
import { comError } from "./com-error";
import { guestType } from "./guest-types";
import { GivenOption, OptionDefinition } from "./options";
import { BootDevice, Settings, Switch, VirtualMachine } from "./state";

const FILE = "VBoxManageModifyVM.cpp";

/** On-off options: names on the command line, name in `showvminfo --machinereadable`. */
const SWITCHES: [names: string[], key: Switch][] = [
  [["--acpi"], "acpi"],
  [["--ioapic"], "ioapic"],
  [["--rtc-use-utc", "--rtcuseutc"], "rtcuseutc"],
  [["--x86-pae", "--pae"], "pae"],
  [["--x86-long-mode", "--long-mode", "--longmode"], "longmode"],
  [["--x86-hpet", "--hpet"], "hpet"],
  [["--x86-apic", "--apic"], "apic"],
  [["--x86-x2apic", "--x2apic"], "x2apic"],
  [["--x86-hwvirtex", "--hwvirtex"], "hwvirtex"],
  [["--x86-nested-paging", "--nested-paging", "--nestedpaging"], "nestedpaging"],
  [["--x86-nested-hw-virt", "--nested-hw-virt"], "nested-hw-virt"],
  [["--x86-large-pages", "--large-pages", "--largepages"], "largepages"],
  [["--x86-vtx-vpid", "--vtx-vpid", "--vtxvpid"], "vtxvpid"],
  [["--x86-vtx-ux", "--vtx-ux", "--vtxux"], "vtxux"],
  [["--page-fusion", "--pagefusion"], "pagefusion"],
  [["--x86-triple-fault-reset", "--triple-fault-reset", "--triplefaultreset"], "triplefaultreset"],
  [["--accelerate-3d", "--accelerate3d"], "accelerate3d"],
  [["--audio-in", "--audioin"], "audio_in"],
  [["--audio-out", "--audioout"], "audio_out"],
  [["--usb-ohci", "--usbohci", "--usb"], "usb"],
  [["--usb-ehci", "--usbehci"], "ehci"],
  [["--usb-xhci", "--usbxhci"], "xhci"],
];

/** Options that take one word out of a few: names, where it is kept, the words. */
const CHOICES: [names: string[], key: keyof Settings & string, words: string[], what: string][] = [
  [["--firmware"], "firmware", ["bios", "efi", "efi32", "efi64"], "--firmware"],
  [["--chipset"], "chipset", ["piix3", "ich9"], "--chipset"],
  [
    ["--graphicscontroller"],
    "graphicsController",
    ["none", "vboxvga", "vmsvga", "vboxsvga"],
    "--graphicscontroller",
  ],
  [
    ["--paravirt-provider", "--paravirtprovider"],
    "paravirtProvider",
    ["none", "default", "legacy", "minimal", "hyperv", "kvm"],
    "--paravirtprovider",
  ],
  [["--mouse"], "mouse", ["ps2", "usb", "usbtablet"], "--mouse"],
  [["--keyboard"], "keyboard", ["ps2", "usb"], "--keyboard"],
  [
    ["--audio-controller", "--audiocontroller"],
    "audioController",
    ["ac97", "hda", "sb16"],
    "--audio-controller",
  ],
  [["--audio-driver", "--audiodriver"], "audioDriver", ["none", "default", "null"], "--audio-driver"],
  [
    ["--clipboard-mode", "--clipboard"],
    "clipboardMode",
    ["disabled", "hosttoguest", "guesttohost", "bidirectional"],
    "--clipboard-mode",
  ],
  [
    ["--drag-and-drop", "--draganddrop"],
    "dragAndDrop",
    ["disabled", "hosttoguest", "guesttohost", "bidirectional"],
    "--drag-and-drop",
  ],
];

/** Numbers, with the range that VirtualBox names when it refuses one. */
const NUMBERS: [
  names: string[],
  key: "memory" | "cpus" | "vram" | "cpuExecutionCap",
  refuse: (value: number) => Refusal | undefined,
][] = [
  [
    ["--memory"],
    "memory",
    (value) =>
      outside(
        value,
        4,
        2097152,
        `Invalid RAM size: ${value} MB (must be in range [4, 2097152] MB)`,
        "MemorySize",
        988,
      ),
  ],
  [
    ["--cpus"],
    "cpus",
    (value) =>
      outside(
        value,
        1,
        64,
        `Invalid virtual CPU count: ${value} (must be in range [1, 64])`,
        "CPUCount",
        1176,
      ),
  ],
  [
    ["--vram"],
    "vram",
    (value) =>
      outside(
        value,
        0,
        256,
        `Invalid VRAM size: ${value} MB (must be in range [0, 256] MB)`,
        "VRAMSize",
        1006,
      ),
  ],
  [
    ["--cpu-execution-cap", "--cpuexecutioncap"],
    "cpuExecutionCap",
    (value) =>
      outside(
        value,
        1,
        100,
        `Invalid CPU execution cap value: ${value} (must be in range [1, 100])`,
        "CPUExecutionCap",
        1241,
      ),
  ],
];

const BOOT_DEVICES: BootDevice[] = ["none", "floppy", "dvd", "disk", "net"];

/** Options of `modifyvm` that concern the VM as a whole, except its name and groups. */
export const SETTING_OPTIONS: OptionDefinition[] = [
  { names: ["--description"], kind: "string" },
  { names: ["--os-type", "--ostype"], kind: "string" },
  { names: ["--default-frontend", "--defaultfrontend"], kind: "string" },
  { names: ["--boot"], kind: "string", indexed: true },
  { names: ["--audio-enabled", "--audioenabled"], kind: "onoff" },
  ...SWITCHES.map(([names]): OptionDefinition => ({ names, kind: "onoff" })),
  ...CHOICES.map(([names]): OptionDefinition => ({ names, kind: "string" })),
  ...NUMBERS.map(([names]): OptionDefinition => ({ names, kind: "number" })),
];

/** Applies one of {@link SETTING_OPTIONS}. @throws Refusal for a value that VirtualBox refuses */
export function changeSetting(machine: VirtualMachine, { name, index, value }: GivenOption): void {
  const { settings } = machine;
  const onOff = SWITCHES.find(([names]) => names[0] === name);
  if (onOff) return void (settings.switches[onOff[1]] = value === "on");
  const choice = CHOICES.find(([names]) => names[0] === name);
  if (choice) return choose(settings, choice, value);
  const number = NUMBERS.find(([names]) => names[0] === name);
  if (number) {
    const refusal = number[2](Number(value));
    if (refusal) throw refusal;
    settings[number[1]] = Number(value);
    return;
  }
  if (name === "--description") settings.description = value;
  else if (name === "--default-frontend") settings.defaultFrontend = value === "default" ? "" : value;
  else if (name === "--audio-enabled") settings.audioEnabled = value === "on";
  else if (name === "--os-type") machine.osType = knownType(value);
  else settings.boot[bootPosition(index) - 1] = bootDevice(value);
}

function choose(settings: Settings, [, key, words, what]: (typeof CHOICES)[number], value: string): void {
  const word = words.find((one) => one === value.toLowerCase());
  if (word === undefined) throw invalid(`Invalid ${what} argument '${value}'`);
  if (key === "audioDriver" && word === "none") settings.audioEnabled = false;
  else Object.assign(settings, { [key]: word });
}

function knownType(text: string): string {
  const type = guestType(text);
  if (type) return type.id;
  throw comError({
    code: "NS_ERROR_INVALID_ARG",
    reporter: "sessionMachine",
    message: `Guest OS type '${text}' is invalid`,
    context: { call: "COMSETTER(OSTypeId)(Bstr(ValueUnion.psz).raw())", line: 965, file: FILE },
  });
}

function bootPosition(position: number): number {
  if (position >= 1 && position <= 4) return position;
  throw invalid(`Invalid boot slot number '${position}'`);
}

function bootDevice(text: string): BootDevice {
  const device = BOOT_DEVICES.find((one) => one === text.toLowerCase());
  if (device) return device;
  throw invalid("Invalid boot device");
}

function outside(value: number, least: number, most: number, message: string, setter: string, line: number) {
  if (value >= least && value <= most) return undefined;
  return comError({
    code: "NS_ERROR_INVALID_ARG",
    reporter: "sessionMachine",
    message,
    context: { call: `COMSETTER(${setter})(ValueUnion.u32)`, line, file: FILE },
  });
}

const invalid = (message: string) => new Refusal({ exit: 1, stdout: "", stderr: errorLine(message) });
