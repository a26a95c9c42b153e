# Upstream: nixos/modules/virtualisation/containerd.nix. Debian's containerd is 1.6: configuration version 2.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.virtualisation.containerd;
  settingsFormat = pkgs.formats.toml { };
in
{
  options.virtualisation.containerd = {
    enable = lib.mkEnableOption "containerd container runtime";
    configFile = mkOption {
      type = types.nullOr types.path;
      default = null;
    };
    settings = mkOption {
      type = settingsFormat.type;
      default = { };
    };
    args = mkOption {
      type = types.attrsOf types.str;
      default = { };
    };
  };
  options.virtualisation.virtualbox.guest.enable = mkOption {
    type = types.bool;
    default = false;
  };
  config = lib.mkIf cfg.enable {
    virtualisation.containerd.configFile = lib.mkDefault (settingsFormat.generate "containerd.toml" cfg.settings);
    virtualisation.containerd.args.config = lib.mkDefault (toString cfg.configFile);
    environment.systemPackages = [ pkgs.containerd ];
    systemd.services.containerd = {
      description = "containerd - container runtime";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" "local-fs.target" "dbus.service" ];
      path = [ pkgs.containerd pkgs.runc pkgs.iptables ];
      serviceConfig = {
        ExecStart = "${pkgs.containerd}/bin/containerd ${
          lib.concatStringsSep " " (lib.mapAttrsToList (name: value: "--${name} ${value}") cfg.args)
        }";
        Delegate = "yes";
        KillMode = "process";
        Type = "notify";
        Restart = "always";
        RestartSec = "10";
        LimitNPROC = "infinity";
        LimitCORE = "infinity";
        TasksMax = "infinity";
        OOMScoreAdjust = "-999";
        StateDirectory = "containerd";
        RuntimeDirectory = "containerd";
        RuntimeDirectoryPreserve = "yes";
      };
      unitConfig = {
        StartLimitBurst = "16";
        StartLimitIntervalSec = "120s";
      };
    };
  };
}
