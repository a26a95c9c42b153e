# Nix on the machine: Debian's, as root and without a daemon (upstream: nixos/modules/config/nix.nix,
# services/system/nix-daemon.nix, services/misc/nix-gc.nix).
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.nix;
  atom = types.nullOr (types.oneOf [ types.bool types.int types.float types.str types.path types.package ])
  // { description = "Nix config atom (null, bool, int, float, str, path or package)"; };
  value =
    v:
    if v == true then
      "true"
    else if v == false then
      "false"
    else if builtins.isList v then
      lib.concatMapStringsSep " " toString v
    else
      toString v;
  flag =
    default:
    mkOption {
      type = types.bool;
      inherit default;
    };
in
{
  options.nix = {
    enable = flag true;
    package = mkOption {
      type = types.package;
      default = pkgs.nix;
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf (types.either atom (types.listOf atom));
      };
      default = { };
    };
    extraOptions = mkOption {
      type = types.lines;
      default = "";
    };
    channel.enable = flag true;
    optimise.automatic = flag false;
    gc = {
      automatic = flag false;
      dates = mkOption {
        type = types.either types.singleLineStr (types.listOf types.str);
        default = [ "03:15" ];
      };
      randomizedDelaySec = mkOption {
        type = types.singleLineStr;
        default = "0";
      };
      persistent = flag true;
      options = mkOption {
        type = types.singleLineStr;
        default = "";
      };
    };
  };
  config = {
    environment.etc."nix/nix.conf".text =
      ''
        # What every store of the lab has: no sandbox, no build users, no network.
        sandbox = false
        build-users-group =
        substituters =
        experimental-features = nix-command
      ''
      + lib.concatStrings (
        lib.mapAttrsToList (name: v: "${name} = ${value v}\n") (
          lib.filterAttrs (
            name: v: v != null && !(lib.elem name [ "sandbox" "substituters" "experimental-features" ])
          ) cfg.settings
        )
      )
      + cfg.extraOptions;
    systemd.services.nix-gc = {
      description = "Nix Garbage Collector";
      script = "exec ${cfg.package}/bin/nix-collect-garbage ${cfg.gc.options}";
      serviceConfig.Type = "oneshot";
      startAt = lib.optionals cfg.gc.automatic (if builtins.isList cfg.gc.dates then cfg.gc.dates else [ cfg.gc.dates ]);
    };
    systemd.timers.nix-gc = lib.mkIf cfg.gc.automatic {
      timerConfig = {
        RandomizedDelaySec = cfg.gc.randomizedDelaySec;
        Persistent = cfg.gc.persistent;
      };
    };
  };
}
