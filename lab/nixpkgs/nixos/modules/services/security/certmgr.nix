# Upstream: nixos/modules/services/security/certmgr.nix
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.certmgr;
  string =
    default:
    mkOption {
      type = types.str;
      inherit default;
    };
  specs = pkgs.linkFarm "certmgr.d" (
    lib.mapAttrs' (
      name: spec: lib.nameValuePair "${name}.json" (pkgs.writeText "${name}.json" (builtins.toJSON spec))
    ) cfg.specs
  );
  configFile = pkgs.writeText "certmgr.yaml" (
    builtins.toJSON {
      dir = "${specs}";
      default_remote = cfg.defaultRemote;
      svcmgr = cfg.svcManager;
      before = cfg.validMin;
      interval = cfg.renewInterval;
      inherit (cfg) metricsPort metricsAddress;
    }
  );
  folders = lib.unique (
    map dirOf (
      lib.concatMap (spec: [ spec.certificate.path spec.private_key.path ]) (lib.attrValues cfg.specs)
    )
  );
in
{
  options.services.certmgr = {
    enable = lib.mkEnableOption "certmgr";
    package = mkOption {
      type = types.package;
      default = pkgs.certmgr;
    };
    defaultRemote = string "127.0.0.1:8888";
    validMin = string "72h";
    renewInterval = string "30m";
    metricsAddress = string "127.0.0.1";
    metricsPort = mkOption {
      type = types.port;
      default = 9488;
    };
    svcManager = mkOption {
      type = types.enum [ "circus" "command" "dummy" "openrc" "systemd" "sysv" ];
      default = "systemd";
    };
    specs = mkOption {
      type = types.attrsOf types.attrs;
      default = { };
    };
  };
  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.specs != { };
        message = "Certmgr specs cannot be empty.";
      }
    ];
    systemd.services.certmgr = {
      description = "certmgr";
      path = lib.mkIf (cfg.svcManager == "command") [ pkgs.bash ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      wantedBy = [ "multi-user.target" ];
      preStart = ''
        mkdir -p ${lib.concatMapStringsSep " " lib.escapeShellArg folders}
        ${cfg.package}/bin/certmgr -f ${configFile} check
      '';
      serviceConfig = {
        Restart = "always";
        RestartSec = "10s";
        ExecStart = "${cfg.package}/bin/certmgr -f ${configFile}";
      };
    };
  };
}
