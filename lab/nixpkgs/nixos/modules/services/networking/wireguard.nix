# Upstream: nixos/modules/services/networking/wireguard.nix, the scripted back end: a unit of the interface, one of each
# peer, and a target by which a switch finds the peers that are new. The box's kernel has no WireGuard: the interface is
# made by wireguard-go, which lives in the interface's unit; everything else is done by the same commands.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.networking.wireguard;
  nullOr = type: mkOption {
    type = types.nullOr type;
    default = null;
  };
  strings = mkOption {
    type = types.listOf types.str;
    default = [ ];
  };

  peerModule =
    { config, ... }:
    {
      options = {
        # A part of the unit's name; escaped only where it is made of the key.
        name = mkOption {
          type = types.str;
          default = builtins.replaceStrings [ "/" "-" " " "+" "=" ] [ "-" "\\x2d" "\\x20" "\\x2b" "\\x3d" ] config.publicKey;
        };
        publicKey = mkOption { type = types.singleLineStr; };
        presharedKeyFile = nullOr types.str;
        allowedIPs = mkOption { type = types.listOf types.str; };
        endpoint = nullOr types.str;
        persistentKeepalive = nullOr types.int;
      };
    };
  interfaceModule.options = {
    ips = strings;
    privateKeyFile = nullOr types.str;
    listenPort = nullOr types.int;
    mtu = nullOr types.int;
    allowedIPsAsRoutes = mkOption {
      type = types.bool;
      default = true;
    };
    peers = mkOption {
      type = types.listOf (types.submodule peerModule);
      default = [ ];
    };
  };

  peerUnit = interface: peer: "wireguard-${interface}-peer-${peer.name}";
  oneshot = {
    Type = "oneshot";
    RemainAfterExit = true;
  };

  interfaceService =
    name: values:
    lib.nameValuePair "wireguard-${name}" {
      description = "WireGuard Tunnel - ${name}";
      after = [ "network-pre.target" ];
      wants = [ "network.target" ];
      before = [ "network.target" ];
      environment.DEVICE = name;
      path = [ pkgs.iproute2 pkgs.wireguard-tools pkgs.wireguard-go ];
      serviceConfig = oneshot;
      script = ''
        wireguard-go ${name}
        # It goes on in the background, and sets an MTU of its own before it answers.
        for i in $(seq 100); do
          if wg show ${name} >/dev/null 2>&1; then break; fi
          sleep 0.1
        done
        ${lib.optionalString (values.mtu != null) "ip link set ${name} mtu ${toString values.mtu}"}
        ${lib.concatMapStringsSep "\n" (ip: "ip address add ${ip} dev ${name}") values.ips}
        wg set ${name} private-key ${lib.escapeShellArg values.privateKeyFile} ${
          lib.optionalString (values.listenPort != null) "listen-port ${toString values.listenPort}"
        }
        ip link set up dev ${name}
      '';
      # The interface goes with its process, which systemd has ended by now.
      postStop = "ip link del dev ${name} 2>/dev/null || true";
    };

  peerService =
    interface: values: peer:
    let
      routes = verb: lib.optionalString values.allowedIPsAsRoutes (
        lib.concatMapStrings (ip: "ip route ${verb} ${ip} dev ${interface} table main\n") peer.allowedIPs
      );
    in
    lib.nameValuePair (peerUnit interface peer) {
      description = "WireGuard Peer - ${interface} - ${peer.name}" + lib.optionalString (peer.name != peer.publicKey) " (${peer.publicKey})";
      requires = [ "wireguard-${interface}.service" ];
      wants = [ "network-online.target" ];
      after = [ "wireguard-${interface}.service" "network-online.target" ];
      wantedBy = [ "wireguard-${interface}.service" ];
      environment.DEVICE = interface;
      path = [ pkgs.iproute2 pkgs.wireguard-tools ];
      serviceConfig = oneshot;
      script = ''
        wg set ${interface} peer ${peer.publicKey} ${
          lib.optionalString (peer.presharedKeyFile != null) "preshared-key ${peer.presharedKeyFile}"
        } ${lib.optionalString (peer.endpoint != null) "endpoint ${peer.endpoint}"} ${
          lib.optionalString (peer.persistentKeepalive != null) "persistent-keepalive ${toString peer.persistentKeepalive}"
        } ${lib.optionalString (peer.allowedIPs != [ ]) "allowed-ips ${lib.concatStringsSep "," peer.allowedIPs}"}
        ${routes "replace"}
      '';
      postStop = ''
        wg set ${interface} peer ${peer.publicKey} remove
        ${routes "delete"}
      '';
    };

  interfaceTarget =
    name: values:
    let
      wants = [ "wireguard-${name}.service" ] ++ map (peer: "${peerUnit name peer}.service") values.peers;
    in
    lib.nameValuePair "wireguard-${name}" {
      description = "WireGuard Tunnel - ${name}";
      wantedBy = [ "multi-user.target" ];
      inherit wants;
      after = wants;
    };
in
{
  options.networking.wireguard = {
    enable = mkOption {
      type = types.bool;
      default = cfg.interfaces != { };
    };
    useNetworkd = mkOption {
      type = types.bool;
      default = false;
    };
    interfaces = mkOption {
      type = types.attrsOf (types.submodule interfaceModule);
      default = { };
    };
  };
  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = !cfg.useNetworkd;
        message = "the lab's nixpkgs has the scripted back end of WireGuard only: leave networking.wireguard.useNetworkd off";
      }
    ]
    ++ lib.mapAttrsToList (name: values: {
      assertion = values.privateKeyFile != null;
      message = "Either networking.wireguard.interfaces.${name}.privateKey or networking.wireguard.interfaces.${name}.privateKeyFile must be set.";
    }) cfg.interfaces;
    environment.systemPackages = [ pkgs.wireguard-tools ];
    systemd.services = lib.listToAttrs (
      lib.concatLists (
        lib.mapAttrsToList (
          name: values: [ (interfaceService name values) ] ++ map (peerService name values) values.peers
        ) cfg.interfaces
      )
    );
    systemd.targets = lib.mapAttrs' interfaceTarget cfg.interfaces;
  };
}
