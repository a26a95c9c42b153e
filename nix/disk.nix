# The one disk of a machine, as the installer lays it out: GPT with a BIOS boot partition, an EFI system partition and an
# ext4 root of a UUID that was fixed beforehand. GRUB is put where BIOS and where UEFI firmware looks for it: which of
# the two a cloud's machine has is not known until it runs. The disk goes by its path: letters may swap from one boot to
# the next.
{ lib, kluster, ... }:
let
  inherit (lib) mkDefault;
  inherit (kluster) machine;
in
{
  boot.loader.grub = {
    device = machine.disk;
    efiSupport = true;
    # The path that firmware tries by itself; a boot entry would have to be written into the firmware's own memory.
    efiInstallAsRemovable = true;
  };
  boot.loader.efi.efiSysMountPoint = "/boot/efi";

  fileSystems."/" = {
    device = "/dev/disk/by-uuid/${machine.rootUuid}";
    fsType = "ext4";
    autoResize = mkDefault true;
  };
  fileSystems."/boot/efi" = {
    device = "${machine.disk}-part2";
    fsType = "vfat";
    options = [
      "umask=0077"
      # Without it the machine boots all the same, and can be mended over SSH; what fails is the next new boot entry.
      "nofail"
      # Nothing mounts it later. A machine under load may take longer to find it than the 90 s that systemd waits.
      "x-systemd.device-timeout=5min"
    ];
  };
  # The partition grows to the disk, the file system to the partition: an enlarged disk is used from the next boot on.
  boot.growPartition = mkDefault true;
}
