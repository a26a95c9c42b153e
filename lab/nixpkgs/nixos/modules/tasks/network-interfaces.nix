# Upstream: nixos/modules/tasks/network-interfaces.nix. Only the systemd-networkd back end is stood in for.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.networking;
in
{
  options.networking = {
    hostName = mkOption {
      type = types.strMatching "^$|^[[:alnum:]]([[:alnum:]_-]{0,61}[[:alnum:]])?$";
      default = "nixos";
    };
    domain = mkOption {
      type = types.nullOr types.str;
      default = null;
    };
    fqdnOrHostName = mkOption {
      type = types.str;
      readOnly = true;
      default = if cfg.domain == null then cfg.hostName else "${cfg.hostName}.${cfg.domain}";
    };
    hostId = mkOption {
      type = types.nullOr types.str;
      default = null;
    };
    useDHCP = mkOption {
      type = types.bool;
      default = true;
    };
    useNetworkd = mkOption {
      type = types.bool;
      default = false;
    };
    usePredictableInterfaceNames = mkOption {
      type = types.bool;
      default = true;
    };
    dhcpcd.denyInterfaces = mkOption {
      type = types.listOf types.str;
      default = [ ];
    };
    networkmanager.enable = mkOption {
      type = types.bool;
      default = false;
    };
    wireless.enable = mkOption {
      type = types.bool;
      default = false;
    };
    enableIPv6 = mkOption {
      type = types.bool;
      default = true;
    };
  };
  config = {
    systemd.network.enable = lib.mkIf cfg.useNetworkd true;
    # Upstream's network-interfaces-systemd.nix: whatever no other .network file matched.
    systemd.network.networks = lib.mkIf (cfg.useNetworkd && cfg.useDHCP) {
      "99-ethernet-default-dhcp" = {
        matchConfig = {
          Type = "ether";
          Kind = "!*";
        };
        networkConfig = {
          DHCP = "yes";
          IPv6PrivacyExtensions = "kernel";
        };
      };
    };
    assertions = [
      {
        assertion = cfg.useNetworkd || config.systemd.network.enable;
        message = "the lab's nixpkgs has no scripted networking: set networking.useNetworkd = true";
      }
      {
        assertion = !cfg.networkmanager.enable && !cfg.wireless.enable;
        message = "the lab's nixpkgs has systemd-networkd only: leave networking.networkmanager and networking.wireless off";
      }
    ];
  };
}
