# Upstream: nixos/modules/services/security/cfssl.nix
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.cfssl;
  optional =
    type:
    mkOption {
      type = types.nullOr type;
      default = null;
    };
  flag = name: value: lib.optional (value != null) ''-${name}="${toString value}"'';
in
{
  options.services.cfssl = {
    enable = lib.mkEnableOption "the CFSSL CA api-server";
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/cfssl";
    };
    address = mkOption {
      type = types.str;
      default = "127.0.0.1";
    };
    port = mkOption {
      type = types.port;
      default = 8888;
    };
    ca = mkOption {
      type = types.str;
      default = "${cfg.dataDir}/ca.pem";
    };
    caKey = mkOption {
      type = types.str;
      default = "${cfg.dataDir}/ca-key.pem";
    };
    configFile = optional types.str;
    tlsCert = optional types.path;
    tlsKey = optional types.str;
    disable = optional types.commas;
    logLevel = mkOption {
      type = types.enum [ 0 1 2 3 4 5 ];
      default = 1;
    };
  };
  config = lib.mkIf cfg.enable {
    users.groups.cfssl.gid = config.ids.gids.cfssl;
    users.users.cfssl = {
      description = "cfssl user";
      home = cfg.dataDir;
      group = "cfssl";
      uid = config.ids.uids.cfssl;
    };
    systemd.services.cfssl = {
      description = "CFSSL CA API server";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        WorkingDirectory = cfg.dataDir;
        Restart = "always";
        User = "cfssl";
        Group = "cfssl";
        StateDirectory = "cfssl";
        StateDirectoryMode = 700;
        ExecStart = lib.concatStringsSep " " (
          [ "${pkgs.cfssl}/bin/cfssl serve" ]
          ++ flag "address" cfg.address
          ++ flag "port" cfg.port
          ++ flag "ca" cfg.ca
          ++ flag "ca-key" cfg.caKey
          ++ flag "config" cfg.configFile
          ++ flag "tls-key" cfg.tlsKey
          ++ flag "tls-cert" cfg.tlsCert
          ++ flag "disable" cfg.disable
          ++ flag "loglevel" cfg.logLevel
        );
      };
    };
  };
}
