# Names: /etc/hosts, /etc/nsswitch.conf, /etc/hostname (upstream: nixos/modules/config/{networking,nsswitch}.nix). As
# there, a machine's own name is 127.0.0.2 first.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.networking;
in
{
  options.networking = {
    hosts = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
    };
    extraHosts = mkOption {
      type = types.lines;
      default = "";
    };
    nameservers = mkOption {
      type = types.listOf types.str;
      default = [ ];
    };
    search = mkOption {
      type = types.listOf types.str;
      default = [ ];
    };
  };
  config = {
    networking.hosts."127.0.0.2" =
      lib.optional (cfg.hostName != "" && cfg.domain != null) "${cfg.hostName}.${cfg.domain}"
      ++ lib.optional (cfg.hostName != "") cfg.hostName;
    environment.etc = {
      hosts.text =
        "127.0.0.1 localhost\n::1 localhost\n"
        + lib.concatStrings (
          lib.mapAttrsToList (address: names: "${address} ${lib.concatStringsSep " " names}\n") (
            lib.filterAttrs (_: names: names != [ ]) cfg.hosts
          )
        )
        + cfg.extraHosts;
      hostname.text = "${cfg.hostName}\n";
      "nsswitch.conf".text = ''
        passwd:    files
        group:     files
        shadow:    files
        hosts:     files dns
        ethers:    files
        services:  files
        protocols: files
        rpc:       files
      '';
    };
  };
}
