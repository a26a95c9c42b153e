# The one disk of a machine, as the installer lays it out: GPT with a BIOS boot partition and an ext4 root of a UUID
# that was fixed beforehand. The disk goes by its path: letters may swap from one boot to the next.
{ lib, kluster, ... }:
let
  inherit (lib) mkDefault;
  inherit (kluster) machine;
in
{
  boot.loader.grub.device = machine.disk;

  fileSystems."/" = {
    device = "/dev/disk/by-uuid/${machine.rootUuid}";
    fsType = "ext4";
    autoResize = mkDefault true;
  };
  # The partition grows to the disk, the file system to the partition: an enlarged disk is used from the next boot on.
  boot.growPartition = mkDefault true;
}
