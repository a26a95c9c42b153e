# Upstream: nixos/modules/installer/cd-dvd/channel.nix; there is no channel here to put into an installer.
{ lib, ... }:
{
  options.system.installer.channel.enable = lib.mkOption {
    type = lib.types.bool;
    default = true;
  };
}
