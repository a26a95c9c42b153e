# What the machine boots from: the disk that was laid out for it, by GRUB, with the root that is on it.
{
  lib,
  config,
  machine,
}:
let
  inherit (lib) elem optional;
  inherit (config.boot) loader;
  disk = machine.disk;
  root = "/dev/disk/by-uuid/${machine.rootUuid}";
  efi = "/boot/efi";
  grub = name: [
    "boot"
    "loader"
    "grub"
    name
  ];
  mount = point: option: wanted: optional (config.fileSystems.${point}.${option} or null != wanted) {
    path = [
      "fileSystems"
      point
      option
    ];
    value = config.fileSystems.${point}.${option} or null;
    need = "On this machine's disk it is ${wanted}: leave it out. (A module made by nixos-generate-config is another machine's.)";
  };
  flag = path: wanted: need: optional (lib.attrByPath path wanted config != wanted) { inherit path need; };
in
mount "/" "device" root
++ mount "/" "fsType" "ext4"
++ mount efi "device" "${disk}-part2"
++ flag (grub "enable") true "It is what boots the machine: leave it on"
++ lib.optionals loader.grub.enable (
  optional (!(elem disk loader.grub.devices)) {
    path = grub (if loader.grub.device == disk then "devices" else "device");
    need = "The machine's disk is ${disk}: leave it out";
  }
  ++ flag (grub "efiSupport") true "The machine may have UEFI firmware: leave it on"
  ++ flag (grub "efiInstallAsRemovable") true "UEFI firmware finds GRUB by that alone: leave it on"
  ++ flag [ "boot" "loader" "efi" "efiSysMountPoint" ] efi "It is where the EFI system partition is: leave it out"
)
++ flag [ "boot" "loader" "systemd-boot" "enable" ] false "The machine boots by GRUB, with BIOS, too: leave it off"
