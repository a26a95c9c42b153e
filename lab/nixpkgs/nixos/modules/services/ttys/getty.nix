# Upstream: nixos/modules/services/ttys/getty.nix. Nobody logs in at the console of a lab machine.
{ lib, ... }:
{
  options.services.getty.autologinUser = lib.mkOption {
    type = lib.types.nullOr lib.types.str;
    default = null;
  };
}
