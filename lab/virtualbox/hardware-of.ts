import { Hardware, Nic } from "../machine/hardware";
import { withColons } from "./mac";
import { logFolder, mediumByUuid } from "./registry";
import { NetworkAdapter, State, VirtualMachine } from "./state";

/** The lab machine that a VM's settings describe. */
export function hardwareOf(state: State, machine: VirtualMachine): Hardware {
  const { memory, cpus, boot } = machine.settings;
  return {
    uuid: machine.uuid,
    name: machine.name,
    memory,
    cpus,
    // Nothing is ever in the floppy drive, nor does anything answer PXE: a BIOS passes over both.
    boot: boot.map((device) => (device === "dvd" || device === "disk" ? device : "none")),
    drives: machine.attachments.flatMap(({ port, kind, medium }) =>
      medium === null ? [] : [{ port, kind, file: mediumByUuid(state, medium).location }],
    ),
    nics: machine.nics.flatMap((nic, index) => toNic(nic, index + 1)),
    logs: logFolder(machine),
  };
}

/** A NIC whose cable is not connected gets no network, and so is left out. */
function toNic(nic: NetworkAdapter, slot: number): Nic[] {
  if (!nic.cableConnected) return [];
  const mac = withColons(nic.mac);
  if (nic.attachment === "nat") return [{ slot, mac, attachment: { kind: "nat" } }];
  if (nic.attachment === "hostonly")
    return [{ slot, mac, attachment: { kind: "bridge", bridge: nic.hostOnlyAdapter } }];
  if (nic.attachment === "bridged")
    return [{ slot, mac, attachment: { kind: "bridge", bridge: nic.bridgeAdapter } }];
  return [];
}
