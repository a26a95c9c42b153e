import { modifyvmUsage } from "./usage-modifyvm";

/**
 * What VBoxManage prints after a message about wrong arguments, per command. `list` and `modifyvm` are the
 * real texts; the others name what the stand-in models, in the manual's form.
 */
export const USAGE: Record<string, string> = {
  list: `Usage - View system information and VM configuration details:

  VBoxManage list [--long] [--platform-arch= x86 | arm] [--sorted] [bridgedifs
      | cloudnets | cloudprofiles | cloudproviders | cpu-profiles | dhcpservers
      | dvds | extpacks | floppies | groups | hddbackends | hdds | hostcpuids |
      hostdrives | hostdvds | hostfloppies | hostinfo | hostonlyifs |
      hostonlynets | intnets | natnets | ostypes | ossubtypes | runningvms |
      screenshotformats | systemproperties | usbfilters | usbhost | vms |
      webcams]
`,
  modifyvm: modifyvmUsage,
  createvm: usage(
    "Create a new virtual machine",
    "createvm <--name=name> [--basefolder=basefolder] [--groups=group[,group...]] [--ostype=ostype]",
    "    [--register] [--uuid=uuid]",
  ),
  unregistervm: usage(
    "Unregister a virtual machine",
    "unregistervm <uuid | vmname> [--delete] [--delete-all]",
  ),
  showvminfo: usage(
    "Show configuration or log information for a VM",
    "showvminfo <uuid | vmname> [--details] [--machinereadable]",
    "showvminfo <uuid | vmname> <--log=index>",
  ),
  snapshot: usage(
    "Manage virtual machine snapshots",
    "snapshot <uuid | vmname> take <snapshot-name>",
    "snapshot <uuid | vmname> delete <uuid | snapshot-name>",
  ),
  startvm: usage("Start a virtual machine", "startvm <uuid | vmname...> [--type= headless | emergencystop]"),
  controlvm: usage(
    "Change state and settings for a running virtual machine",
    "controlvm <uuid | vmname> pause",
    "controlvm <uuid | vmname> resume",
    "controlvm <uuid | vmname> reset",
    "controlvm <uuid | vmname> poweroff",
    "controlvm <uuid | vmname> savestate",
    "controlvm <uuid | vmname> acpipowerbutton",
    "controlvm <uuid | vmname> keyboardputscancode <hex> [hex...]",
    "controlvm <uuid | vmname> keyboardputstring <string> [string...]",
  ),
  discardstate: usage("Discard the saved state of a virtual machine", "discardstate <uuid | vmname>"),
  storagectl: usage(
    "Manage a storage controller",
    "storagectl <uuid | vmname> <--name=controller-name> <--add= sata> [--controller= IntelAhci]",
    "    [--portcount=count] [--bootable= on | off] [--hostiocache= on | off]",
    "storagectl <uuid | vmname> <--name=controller-name> [--portcount=count] [--bootable= on | off]",
    "    [--hostiocache= on | off]",
    "storagectl <uuid | vmname> <--name=controller-name> <--remove>",
  ),
  storageattach: usage(
    "Attach, remove, and modify storage media used by a virtual machine",
    "storageattach <uuid | vmname> <--storagectl=name> [--port=number] [--device=number]",
    "    [--type= dvddrive | hdd] [--medium= none | emptydrive | uuid | filename] [--forceunmount]",
  ),
  createmedium: usage(
    "Create a new medium",
    "createmedium [disk] <--filename=filename> <--size=megabytes | --sizebyte=bytes>",
    "    [--format= VDI | VMDK | VHD | RAW] [--variant= Standard | Fixed]",
  ),
  modifymedium: usage(
    "Change the characteristics of an existing disk image",
    "modifymedium [disk] <uuid | filename> <--resize=megabytes | --resizebyte=bytes>",
  ),
  closemedium: usage(
    "Remove a hard disk, DVD, or floppy image from the media registry",
    "closemedium [disk | dvd] <uuid | filename> [--delete]",
  ),
  showmediuminfo: usage("Show information about a medium", "showmediuminfo [disk | dvd] <uuid | filename>"),
  convertfromraw: usage(
    "Convert a raw disk image to a virtual disk image",
    "convertfromraw <inputfile> <outputfile> [--format= VDI | VMDK | VHD] [--variant= Standard | Fixed]",
    "    [--uuid=uuid]",
  ),
  setextradata: usage(
    "Set a keyword value that is associated with a virtual machine or configuration",
    "setextradata <global | uuid | vmname> <keyword> [value]",
  ),
  getextradata: usage(
    "View keyword values that are associated with a virtual machine or configuration",
    "getextradata <global | uuid | vmname> <keyword | enumerate>",
  ),
  guestproperty: usage(
    "Manage virtual machine guest properties",
    "guestproperty get <uuid | vmname> <property-name>",
    "guestproperty set <uuid | vmname> <property-name> [property-value]",
  ),
  hostonlyif: usage(
    "Manage host-only network interfaces",
    "hostonlyif ipconfig <ifname> <--ip=IPv4-address> [--netmask=IPv4-netmask]",
    "hostonlyif create",
    "hostonlyif remove <ifname>",
  ),
  dhcpserver: usage(
    "DHCP server management",
    "dhcpserver add <--network=netname | --interface=ifname> <--server-ip=address> <--netmask=mask>",
    "    <--lower-ip=address> <--upper-ip=address> [--enable | --disable]",
    "dhcpserver modify <--network=netname | --interface=ifname> [--server-ip=address] [--netmask=mask]",
    "    [--lower-ip=address] [--upper-ip=address] [--enable | --disable]",
    "dhcpserver remove <--network=netname | --interface=ifname>",
  ),
};

function usage(purpose: string, ...synopses: string[]): string {
  const lines = synopses.map((line) => (line.startsWith(" ") ? `  ${line}` : `  VBoxManage ${line}`));
  return `Usage - ${purpose}:\n\n${lines.join("\n")}\n`;
}
