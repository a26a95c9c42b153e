# Upstream: nixos/modules/system/boot/{networkd,resolved}.nix
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  systemd = import ../../../lib/systemd.nix { inherit lib pkgs; };
  cfg = config.systemd.network;
  section = mkOption {
    type = types.attrsOf systemd.unitOption;
    default = { };
  };
  strings = mkOption {
    type = types.listOf types.str;
    default = [ ];
  };
  flag =
    default:
    mkOption {
      type = types.bool;
      inherit default;
    };
  network = types.submodule {
    options = {
      enable = flag true;
      name = mkOption {
        type = types.nullOr types.str;
        default = null;
      };
      matchConfig = section;
      linkConfig = section;
      networkConfig = section;
      dhcpV4Config = section;
      dhcpV6Config = section;
      address = strings;
      gateway = strings;
      dns = strings;
      domains = mkOption {
        type = types.nullOr (types.listOf types.str);
        default = null;
      };
      DHCP = mkOption {
        type = types.nullOr types.str;
        default = null;
      };
      routes = mkOption {
        type = types.listOf (types.attrsOf systemd.unitOption);
        default = [ ];
      };
      addresses = mkOption {
        type = types.listOf (types.attrsOf systemd.unitOption);
        default = [ ];
      };
      extraConfig = mkOption {
        type = types.lines;
        default = "";
      };
    };
  };
  sectionText = name: settings: lib.optionalString (settings != { }) "[${name}]\n${systemd.lines settings}\n";
  render =
    n:
    sectionText "Match" (n.matchConfig // lib.optionalAttrs (n.name != null) { Name = n.name; })
    + sectionText "Link" n.linkConfig
    + "[Network]\n"
    + systemd.lines (
      n.networkConfig
      // lib.optionalAttrs (n.DHCP != null) { inherit (n) DHCP; }
      // lib.optionalAttrs (n.address != [ ]) { Address = n.address; }
      // lib.optionalAttrs (n.gateway != [ ]) { Gateway = n.gateway; }
      // lib.optionalAttrs (n.dns != [ ]) { DNS = n.dns; }
      // lib.optionalAttrs (n.domains != null) { Domains = lib.concatStringsSep " " n.domains; }
    )
    + "\n"
    + sectionText "DHCPv4" n.dhcpV4Config
    + sectionText "DHCPv6" n.dhcpV6Config
    + lib.concatMapStrings (sectionText "Address") n.addresses
    + lib.concatMapStrings (sectionText "Route") n.routes
    + n.extraConfig;
  resolved = config.services.resolved;
in
{
  options.systemd.network = {
    enable = flag false;
    networks = mkOption {
      type = types.attrsOf network;
      default = { };
    };
    wait-online = {
      enable = flag true;
      anyInterface = flag config.networking.useDHCP;
      ignoredInterfaces = strings;
      extraArgs = strings;
      timeout = mkOption {
        type = types.int;
        default = 120;
      };
    };
  };
  options.services.resolved.enable = flag false;
  options.services.timesyncd.enable = flag true;

  config = lib.mkMerge [
    (lib.mkIf cfg.enable {
      # Upstream does the same: networkd brings resolved with it.
      services.resolved.enable = lib.mkDefault true;
      environment.etc = lib.mapAttrs' (
        name: n: lib.nameValuePair "systemd/network/${name}.network" { text = render n; }
      ) (lib.filterAttrs (_: n: n.enable) cfg.networks);
      systemd.upstreamUnits = [ "systemd-networkd.service" "systemd-networkd.socket" ];
      # "reloadTriggers = mkIf cfg.enable (map (x: x.source) unitFiles)": a changed network is reloaded, not restarted.
      systemd.services.systemd-networkd.reloadTriggers = map (
        name: config.environment.etc."systemd/network/${name}.network".source
      ) (lib.attrNames (lib.filterAttrs (_: n: n.enable) cfg.networks));
      systemd.upstreamWants = [
        { target = "multi-user.target"; unit = "systemd-networkd.service"; }
        { target = "sockets.target"; unit = "systemd-networkd.socket"; }
      ];
      systemd.services.systemd-networkd-wait-online = lib.mkIf cfg.wait-online.enable {
        description = "Wait for Network to be Configured";
        wantedBy = [ "network-online.target" ];
        requires = [ "systemd-networkd.service" ];
        after = [ "systemd-networkd.service" ];
        before = [ "network-online.target" "shutdown.target" ];
        conflicts = [ "shutdown.target" ];
        unitConfig.DefaultDependencies = false;
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          ExecStart = "/usr/lib/systemd/systemd-networkd-wait-online ${
            lib.concatStringsSep " " (
              lib.optional cfg.wait-online.anyInterface "--any"
              ++ map (i: "--ignore=${i}") cfg.wait-online.ignoredInterfaces
              ++ [ "--timeout=${toString cfg.wait-online.timeout}" ]
              ++ cfg.wait-online.extraArgs
            )
          }";
        };
      };
    })
    # The box has no systemd-resolved. Its stand-in keeps the two files that others look for: stub-resolv.conf with
    # the stub's address, where nobody answers here, and resolv.conf with the servers that DHCP or the settings gave.
    (lib.mkIf resolved.enable {
      environment.etc."resolv.conf".source = "/run/systemd/resolve/stub-resolv.conf";
      systemd.services.systemd-resolved = {
        description = "Network Name Resolution (the lab's stand-in)";
        wantedBy = [ "multi-user.target" ];
        after = [ "systemd-networkd.service" ];
        serviceConfig = {
          Restart = "always";
          RestartSec = 1;
        };
        script = ''
          mkdir -p /run/systemd/resolve
          printf 'nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n' > /run/systemd/resolve/stub-resolv.conf
          written=
          while true; do
            known=$(cat /run/systemd/netif/state 2>/dev/null || true)
            servers=${lib.escapeShellArg (lib.concatStringsSep " " config.networking.nameservers)}
            case $known in
              *DNS=*) dns=''${known#*DNS=}; servers="$servers ''${dns%%$'\n'*}" ;;
            esac
            text=$(for server in $servers; do echo "nameserver $server"; done)
            text=''${text:-# No DNS servers known.}
            if [ "$text" != "$written" ]; then
              printf '%s\n' "$text" > /run/systemd/resolve/.resolv.conf
              mv /run/systemd/resolve/.resolv.conf /run/systemd/resolve/resolv.conf
              written=$text
            fi
            sleep 2
          done
        '';
      };
    })
    (lib.mkIf (!resolved.enable) {
      environment.etc."resolv.conf" = lib.mkIf (config.networking.nameservers != [ ]) {
        text = lib.concatMapStrings (server: "nameserver ${server}\n") config.networking.nameservers;
      };
    })
  ];
}
