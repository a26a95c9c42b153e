import { ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Qmp } from "./qmp";

/** What runs the guest's processors: the box's own, or QEMU's translator (TCG), which is some twenty times slower. */
export type Accelerator = "kvm" | "tcg";
export type Firmware = "bios" | "uefi";

/** The guest's network card, and the addresses at which its SSH port is forwarded from 127.0.0.1. */
export const MAC = "52:54:00:6b:6c:75";
export const DHCP_ADDRESS = "10.0.2.15"; // QEMU's own DHCP server gives it
export const SEED_ADDRESS = "10.0.2.99";
/** By-path names of the disks: the controllers stand where VirtualBox and Hetzner's servers have them, or as near. */
export const SCSI_DISK = "/dev/disk/by-path/pci-0000:00:0c.0-scsi-0:0:0:0";
export const SATA_DISK = "/dev/disk/by-path/pci-0000:00:0d.0-ata-1"; // provider/virtualbox/spec.ts

export interface Hardware {
  /** Where its files are: console, socket, the firmware's variables. */
  folder: string;
  name: string;
  accelerator: Accelerator;
  firmware: Firmware;
  /** Files of raw disks. */
  scsi: string;
  sata?: string[];
  cdrom?: string;
  /** Boots this instead of the disk at virtio-scsi. */
  direct?: { kernel: string; initrd: string; commandLine: string };
}

const FIRMWARE_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd";
const FIRMWARE_VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.fd";

/** A guest that runs. Its network is QEMU's own and leads nowhere but to two ports of 127.0.0.1. */
export class Guest {
  private constructor(
    private readonly process: ChildProcess,
    readonly qmp: Qmp,
    private readonly console: string,
    /** Ports of 127.0.0.1 that lead to SSH at {@link DHCP_ADDRESS} and {@link SEED_ADDRESS}. */
    readonly ports: { dhcp: number; seed: number },
  ) {}

  static async start(hardware: Hardware): Promise<Guest> {
    const { folder, name } = hardware;
    const ports = { dhcp: await freePort(), seed: await freePort() };
    const console = join(folder, `${name}.console`);
    const socket = join(folder, "qmp");
    rmSync(socket, { force: true });
    // The kernel ends QEMU with this process, however that ends.
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "qemu-system-x86_64", ...flags()], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    const ended = once(child, "exit").then(() => {
      throw new Error("QEMU has ended at once; its reason is above");
    });
    return new Guest(child, await Promise.race([Qmp.open(socket), ended]), console, ports);

    function flags(): string[] {
      const { accelerator, firmware, scsi, sata = [], cdrom, direct } = hardware;
      const forward = (port: number, address: string) => `hostfwd=tcp:127.0.0.1:${port}-${address}:22`;
      return [
        ...["-accel", accelerator, "-cpu", "max", "-smp", "2", "-m", "2048", "-machine", "q35"],
        ...["-nodefaults", "-no-user-config", "-display", "none", "-vga", "std"],
        ...["-serial", `file:${console}`, "-qmp", `unix:${socket},server=on,wait=off`],
        ...[
          "-netdev",
          `user,id=net,restrict=on,${forward(ports.dhcp, DHCP_ADDRESS)},${forward(ports.seed, SEED_ADDRESS)}`,
        ],
        ...["-device", `virtio-net-pci,netdev=net,mac=${MAC},romfile=`, "-device", "virtio-rng-pci"],
        ...["-device", "virtio-scsi-pci,id=scsi,addr=0xc", "-device", "ich9-ahci,id=sata,addr=0xd"],
        ...disk("scsi", scsi, `scsi-hd,bus=scsi.0${direct ? "" : ",bootindex=0"}`),
        ...sata.flatMap((file, at) => disk(`sata${at}`, file, `ide-hd,bus=sata.${at}`)),
        ...(cdrom ? disk("cdrom", cdrom, "ide-cd,bus=ide.0", "readonly=on") : []),
        ...(firmware === "uefi" ? efi() : []),
        ...(direct
          ? ["-kernel", direct.kernel, "-initrd", direct.initrd, "-append", direct.commandLine]
          : []),
      ];
    }

    function disk(id: string, file: string, device: string, option = "readonly=off"): string[] {
      const drive = `if=none,id=${id},format=raw,${option},file=${file}`;
      return ["-drive", drive, "-device", `${device},drive=${id}`];
    }

    /** Fresh variables: the disk must boot without an entry that some firmware remembers. */
    function efi(): string[] {
      const variables = join(folder, "variables.fd");
      copyFileSync(FIRMWARE_VARIABLES, variables);
      return [
        ...["-drive", `if=pflash,format=raw,readonly=on,file=${FIRMWARE_CODE}`],
        ...["-drive", `if=pflash,format=raw,file=${variables}`],
      ];
    }
  }

  /** What the guest wrote on its console last. */
  lastWords(): string {
    if (!existsSync(this.console)) return "";
    return readFileSync(this.console, "latin1").split(/\r?\n/).slice(-40).join("\n");
  }

  /** Cuts the power. */
  async stop(): Promise<void> {
    this.qmp.close();
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await ended;
  }
}

/** A port of 127.0.0.1 that nobody listens at. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
