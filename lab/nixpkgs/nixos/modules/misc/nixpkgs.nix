# Upstream: nixos/modules/misc/nixpkgs.nix
{ config, lib, ... }:
let
  cfg = config.nixpkgs;
in
{
  options.nixpkgs = {
    pkgs = lib.mkOption { type = lib.types.unspecified; };
    system = lib.mkOption { type = lib.types.str; };
    hostPlatform = lib.mkOption {
      type = lib.types.either lib.types.str lib.types.attrs;
      default = cfg.system;
    };
    config = lib.mkOption {
      type = lib.types.attrs;
      default = { };
    };
    overlays = lib.mkOption {
      type = lib.types.listOf lib.types.unspecified;
      default = [ ];
    };
  };
  config = {
    nixpkgs.pkgs = lib.mkDefault (
      import ../../.. {
        system = if builtins.isAttrs cfg.hostPlatform then cfg.hostPlatform.system else cfg.hostPlatform;
        inherit (cfg) config overlays;
      }
    );
    _module.args.pkgs = cfg.pkgs;
  };
}
