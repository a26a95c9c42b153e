# Evaluates one NixOS system (upstream: nixos/lib/eval-config.nix). An option that no module here declares is an
# error, as it is there.
{
  system ? "x86_64-linux",
  pkgs ? null,
  lib ? import ../../import-lib.nix,
  baseModules ? import ../modules/module-list.nix,
  modules,
  extraModules ? [ ],
  specialArgs ? { },
  extraArgs ? { },
  prefix ? [ ],
  modulesLocation ? null,
}:
let
  packages = {
    _file = ./eval-config.nix;
    config = {
      _module.args = extraArgs;
      # null: nixpkgs.hostPlatform says it.
      nixpkgs = (if system == null then { } else { system = lib.mkDefault system; }) // (if pkgs == null then { } else { inherit pkgs; });
    };
  };
  evaluated = lib.evalModules {
    inherit prefix;
    specialArgs = {
      modulesPath = toString ../modules;
    }
    // specialArgs;
    modules = baseModules ++ extraModules ++ [ packages ] ++ modules;
  };
in
{
  inherit (evaluated) config options;
  inherit lib baseModules extraModules modules;
  pkgs = evaluated.config.nixpkgs.pkgs;
}
