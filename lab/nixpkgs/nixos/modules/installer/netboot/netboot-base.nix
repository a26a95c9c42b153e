# Upstream: nixos/modules/installer/netboot/netboot-base.nix, whose profiles/base.nix brings programs that the box lacks.
{
  imports = [
    ./netboot.nix
    ../../profiles/installation-device.nix
  ];
}
