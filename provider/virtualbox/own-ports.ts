import { join } from "node:path";
import { listDisks } from "./media";
import { DISK, SEED } from "./own-files";
import { PORTS } from "./spec";
import { VBoxManage } from "./vboxmanage";
import { Attached, Vm } from "./vm";

/** Disks that are the machine's own, by port. */
const OWN = {
  [PORTS.disk]: { file: DISK, what: "disk" },
  [PORTS.seed]: { file: SEED, what: "seed disk" },
} as const;
type OwnPort = keyof typeof OWN;

/** Whether the machine's own disk is on that port, and not somebody else's. */
export async function isOwn(vbox: VBoxManage, vm: Vm, port: OwnPort): Promise<boolean> {
  const attached = vm.ports.get(port);
  if (!attached) return false;
  const own = join(vm.folder, OWN[port].file);
  return attached.location === own || (await baseOf(vbox, attached)) === own;
}

/** A sentence about each of these ports that holds something else than it should. */
export async function foreignPorts(vbox: VBoxManage, vm: Vm, ...ports: OwnPort[]): Promise<string[]> {
  const problems: string[] = [];
  for (const port of ports) {
    if (!vm.ports.has(port) || (await isOwn(vbox, vm, port))) continue;
    const { file, what } = OWN[port];
    problems.push(
      `port ${port} of ${vm.name} holds ${vm.ports.get(port)!.location} and not the machine's ${what} ` +
        `(${join(vm.folder, file)}): attach it to another port, and run this again`,
    );
  }
  return problems;
}

/** Location of the disk that a snapshot may have put the attached one on top of. */
async function baseOf(vbox: VBoxManage, { uuid, location }: Attached): Promise<string> {
  const disks = await listDisks(vbox);
  const disk = disks.byUuid(uuid);
  return disk ? disks.base(disk).location : location;
}
