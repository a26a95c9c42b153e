# The encrypted network between the machines: every machine is a peer of every other one. NixOS's scripted back end makes
# a unit of each peer, so that one who comes or goes does not cut the connections of the others; networkd would make the
# interface anew.
{ lib, kluster, ... }:
let
  inherit (kluster) cluster machine;
  inherit (cluster.wireguard) mtu peers port;
in
{
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
    }) (removeAttrs peers [ machine.name ]);
  };
}
