# The encrypted network between the machines: every machine is a peer of every other one. NixOS's scripted back end makes
# a unit of each peer, so that one who comes or goes does not cut the connections of the others; networkd would make the
# interface anew.
{ lib, kluster, ... }:
let
  inherit (kluster) cluster machine;
  inherit (cluster.wireguard) mtu peers port;
  others = removeAttrs peers [ machine.name ];
in
{
  # All of it is a second's work of a program that ends. Where that fails while a machine under load boots ("Cannot find device
  # wg0"), nobody tries again, and Kubernetes waits for a network that never comes. What fails ten times in a row does not
  # pass: then the unit is failed, and scripts/wait-for-kubernetes.sh names it. Peers come with the interface.
  systemd.services = lib.genAttrs (
    [ "wireguard-wg0" ] ++ map (name: "wireguard-wg0-peer-${name}") (lib.attrNames others)
  ) (_: {
    unitConfig.StartLimitIntervalSec = 300;
    unitConfig.StartLimitBurst = 10;
    serviceConfig.Restart = "on-failure"; # the one that systemd and NixOS allow of units that end
    serviceConfig.RestartSec = 5;
  });

  networking.wireguard.useNetworkd = false;
  networking.wireguard.interfaces.wg0 = {
    inherit mtu;
    # Each peer brings the route to itself: what belongs to nobody any more goes nowhere.
    ips = [ "${machine.nodeAddress}/32" ];
    listenPort = port;
    privateKeyFile = "/var/lib/kluster/wireguard.key"; # secrets.nix
    peers = lib.mapAttrsToList (name: peer: {
      inherit name;
      inherit (peer) publicKey;
      endpoint = "${peer.endpoint}:${toString port}";
      allowedIPs = [ "${peer.address}/32" ];
    }) others;
  };
}
