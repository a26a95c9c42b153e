/** Where the machines' second network interface, the cluster's, leads. */
export interface Attachment {
  kind: "hostonly" | "bridged";
  /** Of the box: the host-only one, such as vboxnet0, or its own, such as eth0. */
  interface: string;
}

/** What can be changed in the life of a machine. */
export interface Hardware {
  /** MB */
  memory: number;
  cpus: number;
  /** MB; grows, never shrinks. */
  disk: number;
  /** Six pairs of hex digits with colons. `egress`: NIC 1, NAT. `cluster`: NIC 2. */
  macs: { egress: string; cluster: string };
  network: Attachment;
}

/** What makes a machine this very machine. */
export interface Identity {
  /** Chosen by us before the machine is made, so that a partially created one is found again. */
  uuid: string;
  name: string;
  /** Random id of the stack: its machines are in the VirtualBox group /kluster/<stackId>. */
  stackId: string;
  /** Folder for machines; VirtualBox's default machine folder where left out. */
  baseFolder?: string;
}

/** A machine as it shall be. */
export interface MachineSpec extends Identity, Hardware {
  /** For people who look at it in VirtualBox's window. */
  description: string;
}

/** What the installer is booted with. */
export interface InstallMedia {
  /** Path of the installer's ISO image. */
  iso: string;
  /** Content of the seed disk (see seed.ts); holds secrets. */
  seed: Buffer;
}

/** The SATA ports: port N is /dev/disk/by-path/pci-0000:00:0d.0-ata-<N+1> in the machine. */
export const PORTS = { disk: 0, seed: 1, dvd: 2 } as const;

/** By-path name of what is attached to a port, as the machine's own udev makes it. */
export const devicePath = (port: number): string => `/dev/disk/by-path/pci-0000:00:0d.0-ata-${port + 1}`;

export const CONTROLLER = "SATA";

export const groupOf = (stackId: string): string => `/kluster/${stackId}`;

/** A machine was asked for that cannot be. */
export class SpecError extends Error {
  constructor(problems: string[]) {
    super(`this machine cannot be made: ${problems.join("; ")}`);
    this.name = "SpecError";
  }
}

/** @throws SpecError that lists everything that is wrong */
export function checkIdentity(identity: Identity): void {
  report(identityProblems(identity));
}

/** @throws SpecError that lists everything that is wrong */
export function checkSpec(spec: MachineSpec): void {
  report([...identityProblems(spec), ...hardwareProblems(spec)]);
}

function report(problems: string[]): void {
  if (problems.length > 0) throw new SpecError(problems);
}

function identityProblems({ uuid, name, stackId, baseFolder }: Identity): string[] {
  const problems: string[] = [];
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)) {
    problems.push(`uuid is "${uuid}", must be a UUID in lower case`);
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name)) {
    problems.push(`name is "${name}", may hold letters, digits, ".", "_" and "-" (at most 100)`);
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(stackId)) {
    problems.push(`stackId is "${stackId}", may hold letters, digits, "_" and "-" (at most 64)`);
  }
  if (baseFolder !== undefined && !baseFolder.startsWith("/")) {
    problems.push(`baseFolder is "${baseFolder}", must be an absolute path`);
  }
  return problems;
}

/** What is wrong with this hardware. Bounds are VirtualBox's own, not Kubernetes'. */
export function hardwareProblems({ memory, cpus, disk, macs, network }: Hardware): string[] {
  const problems: string[] = [];
  const whole = (what: string, value: number, least: number, most: number, unit: string) => {
    if (!Number.isInteger(value) || value < least || value > most) {
      problems.push(`${what} is ${value}, must be a whole number of ${unit} from ${least} to ${most}`);
    }
  };
  whole("memory", memory, 4, 2_097_152, "MB");
  whole("cpus", cpus, 1, 64, "processors");
  whole("disk", disk, 16, 2_097_151_000, "MB");
  for (const [nic, mac] of Object.entries(macs)) {
    // The second hex digit must be even: an odd one is a multicast address, which VirtualBox refuses.
    if (!/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/.test(mac)) {
      problems.push(`the ${nic} MAC address is "${mac}", must be a unicast one such as 08:00:27:00:00:01`);
    }
  }
  if (macs.egress === macs.cluster)
    problems.push(`both network interfaces have the MAC address ${macs.egress}`);
  if (network.interface === "") problems.push(`the ${network.kind} interface has no name`);
  return problems;
}

const bare = (mac: string): string => mac.replaceAll(":", "").toUpperCase();

/** Options of modifyvm for both network interfaces. */
export function networkOptions({ macs, network }: Pick<Hardware, "macs" | "network">): string[] {
  const attachment =
    network.kind === "hostonly"
      ? ["--nic2", "hostonly", "--hostonlyadapter2", network.interface]
      : ["--nic2", "bridged", "--bridgeadapter2", network.interface];
  return [
    ...["--nic1", "nat", "--nictype1", "virtio", "--macaddress1", bare(macs.egress)],
    ...[...attachment, "--nictype2", "virtio", "--macaddress2", bare(macs.cluster)],
  ];
}

/** Boots the installer, which goes on to the disk only when there is no DVD. */
export const BOOT_INSTALLER = ["--boot1", "dvd", "--boot2", "disk", "--boot3", "none", "--boot4", "none"];
export const BOOT_DISK = ["--boot1", "disk", "--boot2", "none", "--boot3", "none", "--boot4", "none"];

/** Options of modifyvm for a machine that is to boot its installer. */
export function machineOptions(spec: MachineSpec): string[] {
  return [
    ...["--memory", String(spec.memory), "--cpus", String(spec.cpus)],
    ...["--firmware", "bios", "--ioapic", "on", "--rtc-use-utc", "on"],
    ...BOOT_INSTALLER,
    ...networkOptions(spec),
    ...["--audio-enabled", "off", "--description", spec.description],
  ];
}
