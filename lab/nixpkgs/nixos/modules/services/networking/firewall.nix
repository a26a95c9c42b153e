# Upstream: nixos/modules/services/networking/{firewall,firewall-iptables}.nix: the same chains, and what is not allowed
# is really dropped.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.networking.firewall;
  flag =
    default:
    mkOption {
      type = types.bool;
      inherit default;
    };
  ports = mkOption {
    type = types.listOf types.port;
    default = [ ];
  };
  ranges = mkOption {
    type = types.listOf (types.attrsOf types.port);
    default = [ ];
  };
  perInterface = {
    allowedTCPPorts = ports;
    allowedUDPPorts = ports;
    allowedTCPPortRanges = ranges;
    allowedUDPPortRanges = ranges;
  };
  text = mkOption {
    type = types.lines;
    default = "";
  };
  # ip46tables writes a rule into both tables.
  helpers = ''
    ip46tables() {
      iptables -w "$@"
      ${lib.optionalString config.networking.enableIPv6 ''ip6tables -w "$@"''}
    }
  '';
  allowed =
    device: options:
    let
      from = lib.optionalString (device != "") " -i ${device}";
      rule = protocol: port: "ip46tables -A nixos-fw -p ${protocol}${from} --dport ${port} -j nixos-fw-accept\n";
      range = r: "${toString r.from}:${toString r.to}";
    in
    lib.concatMapStrings (p: rule "tcp" (toString p)) (lib.unique options.allowedTCPPorts)
    + lib.concatMapStrings (r: rule "tcp" (range r)) options.allowedTCPPortRanges
    + lib.concatMapStrings (p: rule "udp" (toString p)) (lib.unique options.allowedUDPPorts)
    + lib.concatMapStrings (r: rule "udp" (range r)) options.allowedUDPPortRanges;
  clear = ''
    ip46tables -D INPUT -j nixos-fw 2> /dev/null || true
    for chain in nixos-fw nixos-fw-accept nixos-fw-log-refuse nixos-fw-refuse; do
      ip46tables -F "$chain" 2> /dev/null || true
      ip46tables -X "$chain" 2> /dev/null || true
    done
    ip46tables -t mangle -D PREROUTING -j nixos-fw-rpfilter 2> /dev/null || true
    ip46tables -t mangle -F nixos-fw-rpfilter 2> /dev/null || true
    ip46tables -t mangle -X nixos-fw-rpfilter 2> /dev/null || true
  '';
  start = ''
    ${helpers}
    ${clear}
    ip46tables -N nixos-fw-accept
    ip46tables -A nixos-fw-accept -j ACCEPT
    ip46tables -N nixos-fw-refuse
    ip46tables -A nixos-fw-refuse -j ${if cfg.rejectPackets then "REJECT" else "DROP"}
    ip46tables -N nixos-fw-log-refuse
    ip46tables -A nixos-fw-log-refuse -j nixos-fw-refuse
    ip46tables -N nixos-fw
    ${lib.optionalString (cfg.checkReversePath != false) ''
      ip46tables -t mangle -N nixos-fw-rpfilter 2> /dev/null || true
      ip46tables -t mangle -A nixos-fw-rpfilter -m rpfilter --validmark ${
        lib.optionalString (cfg.checkReversePath == "loose") "--loose"
      } -j RETURN
      iptables -w -t mangle -A nixos-fw-rpfilter -p udp --sport 67 --dport 68 -j RETURN
      iptables -w -t mangle -A nixos-fw-rpfilter -s 0.0.0.0 -d 255.255.255.255 -p udp --sport 68 --dport 67 -j RETURN
      ip46tables -t mangle -A nixos-fw-rpfilter -j DROP
      ip46tables -t mangle -A PREROUTING -j nixos-fw-rpfilter
    ''}
    ${lib.concatMapStrings (device: "ip46tables -A nixos-fw -i ${device} -j nixos-fw-accept\n") (
      lib.unique ([ "lo" ] ++ cfg.trustedInterfaces)
    )}
    ip46tables -A nixos-fw -m conntrack --ctstate ESTABLISHED,RELATED -j nixos-fw-accept
    ${allowed "" cfg}
    ${lib.concatStrings (lib.mapAttrsToList allowed cfg.interfaces)}
    ${lib.optionalString cfg.allowPing "iptables -w -A nixos-fw -p icmp --icmp-type echo-request -j nixos-fw-accept"}
    ${lib.optionalString config.networking.enableIPv6 ''
      ip6tables -w -A nixos-fw -p icmpv6 --icmpv6-type redirect -j DROP
      ip6tables -w -A nixos-fw -p icmpv6 --icmpv6-type 139 -j DROP
      ip6tables -w -A nixos-fw -p icmpv6 -j nixos-fw-accept
    ''}
    ${cfg.extraCommands}
    ip46tables -A nixos-fw -j nixos-fw-log-refuse
    ip46tables -A INPUT -j nixos-fw
  '';
  # "Don't allow traffic to leak out until the script has completed": of what was set outside of nixos-fw, too, nothing
  # is there when the new rules are made.
  reload = ''
    ${helpers}
    ip46tables -D INPUT -j nixos-drop 2>/dev/null || true
    ip46tables -F nixos-drop 2>/dev/null || true
    ip46tables -X nixos-drop 2>/dev/null || true
    ip46tables -N nixos-drop
    ip46tables -A nixos-drop -j DROP
    ip46tables -A INPUT -j nixos-drop
    ${cfg.extraStopCommands}
    if ${startScript}; then
      ip46tables -D INPUT -j nixos-drop 2>/dev/null || true
    else
      echo "Failed to reload firewall... Stopping"
      ${stopScript}
      exit 1
    fi
  '';
  stop = ''
    ${helpers}
    ip46tables -D INPUT -j nixos-drop 2>/dev/null || true
    ${clear}
    ${cfg.extraStopCommands}
  '';
  script = name: text: pkgs.writeShellScript name "set -e\n${text}";
  startScript = script "firewall-start" start;
  stopScript = script "firewall-stop" stop;
  reloadScript = script "firewall-reload" reload;
in
{
  options.networking.firewall = perInterface // {
    enable = flag true;
    backend = mkOption {
      type = types.enum [ "iptables" "nftables" "firewalld" ];
      default = if config.networking.nftables.enable then "nftables" else "iptables";
    };
    allowPing = flag true;
    rejectPackets = flag false;
    logRefusedConnections = flag false;
    checkReversePath = mkOption {
      type = types.either types.bool (types.enum [ "strict" "loose" ]);
      default = true;
    };
    trustedInterfaces = mkOption {
      type = types.listOf types.str;
      default = [ ];
    };
    interfaces = mkOption {
      type = types.attrsOf (types.submodule { options = perInterface; });
      default = { };
    };
    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
    };
    extraCommands = text;
    extraStopCommands = text;
  };
  options.networking.nftables.enable = flag false;
  config = lib.mkMerge [
    {
      assertions = [
        {
          assertion = !config.networking.nftables.enable;
          message = "the lab's nixpkgs has the iptables firewall only: leave networking.nftables.enable off";
        }
      ];
    }
    (lib.mkIf cfg.enable {
      environment.systemPackages = [ pkgs.iptables ];
      systemd.services.firewall = {
        description = "Firewall";
        wantedBy = [ "multi-user.target" ];
        wants = [ "network-pre.target" ];
        before = [ "network-pre.target" ];
        path = [ pkgs.iptables ] ++ cfg.extraPackages;
        reloadIfChanged = true;
        unitConfig.DefaultDependencies = true;
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          ExecStart = "@${startScript} firewall-start";
          ExecReload = "@${reloadScript} firewall-reload";
          ExecStop = "@${stopScript} firewall-stop";
        };
      };
    })
  ];
}
