# Who may come in, with IPv4 and with IPv6. The machines of the cluster reach each other on every port (kubelet 10250 and
# VXLAN 8472 among them), and nobody else does: VXLAN asks nobody who he is. From
# outside there are the API server on the master and WireGuard, for those who have access, and SSH and pings for all. NixOS
# drops the rest.
#
# SSH takes one key and no password. It is the only way by which these very rules can be changed: an operator whose
# address is another one today opens the cloud's firewall in front of the machine, and then comes in.
{
  config,
  lib,
  kluster,
  ...
}:
let
  inherit (lib) concatMapStrings optional;
  inherit (kluster) cluster machine;
  isMaster = lib.elem "master" machine.roles;
  others = lib.attrValues (removeAttrs cluster.hosts [ machine.name ]);
  everybody = cluster.access == [ ];

  api = optional isMaster cluster.apiPort;
  tunnel = optional (cluster ? wireguard) cluster.wireguard.port;
  tcp = port: "-p tcp --dport ${toString port}";
  udp = port: "-p udp --dport ${toString port}";
  services = map tcp api ++ map udp tunnel;

  # Waits for the lock on the tables, which kube-proxy and flannel take, too.
  accept = program: match: "${program} -w -A nixos-fw ${match} -j nixos-fw-accept\n";
  fromOutside =
    range:
    let
      accepted = program: concatMapStrings (service: accept program "--source ${range} ${service}") services;
    in
    if !(lib.hasInfix ":" range) then
      accepted "iptables"
    else
      lib.optionalString config.networking.enableIPv6 (accepted "ip6tables");
in
{
  options.kluster.firewallRules = lib.mkOption {
    type = lib.types.str;
    internal = true;
    readOnly = true;
    description = "What lets in who may come in, beside the open ports.";
  };

  config = {
    kluster.firewallRules =
      concatMapStrings fromOutside cluster.access
      + (
        if cluster ? wireguard then
          # For their network and not for each machine: who comes and goes changes no rule, and every change of a rule
          # keeps everybody out for a moment. WireGuard does not answer strangers.
          concatMapStrings (
            port: accept "iptables" "--source ${machine.address}/${toString machine.prefixLength} ${udp port}"
          ) tunnel
        else
          concatMapStrings (address: accept "iptables" "--source ${address}") others
      );

    services.openssh.openFirewall = true;

    networking.firewall = {
      allowedTCPPorts = lib.optionals everybody api;
      allowedUDPPorts = lib.optionals everybody tunnel;
      trustedInterfaces = [
        "mynet" # the bridge that this machine's own pods are on
      ]
      # Whoever speaks there holds the key of one of the other machines, and has its address.
      ++ optional (cluster ? wireguard) "wg0";
      extraCommands = config.kluster.firewallRules;
    };

    # kube-proxy redirects the ports of Services of type NodePort before a firewall sees them: they are there on the
    # cluster's own networks, and not on public addresses.
    services.kubernetes.proxy.extraOpts = "--nodeport-addresses=${
      lib.concatMapStringsSep "," (address: "${address}/32") (
        lib.unique [
          machine.nodeAddress
          machine.address
        ]
      )
    }";
  };
}
