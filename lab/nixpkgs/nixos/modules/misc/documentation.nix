# Upstream: nixos/modules/misc/documentation.nix; there is no documentation here.
{ lib, ... }:
let
  flag = lib.mkOption {
    type = lib.types.bool;
    default = true;
  };
in
{
  options.documentation = {
    enable = flag;
    man.enable = flag;
    info.enable = flag;
    doc.enable = flag;
    nixos.enable = flag;
  };
}
