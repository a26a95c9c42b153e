# Who may come in, with IPv4 and with IPv6. The machines of the cluster reach each other on every port (cfssl 8888,
# kubelet 10250, VXLAN 8472 among them), and nobody else does: cfssl answers some questions without asking who asks. From
# outside there are SSH, the API server on the master, and pings. NixOS drops the rest.
{
  config,
  lib,
  kluster,
  ...
}:
let
  inherit (kluster) cluster machine;
  others = lib.attrValues (removeAttrs cluster.hosts [ machine.name ]);
  everybody = cluster.access == [ ];
  ipv6 = config.networking.enableIPv6;

  isMaster = lib.elem "master" machine.roles;
  ports = config.services.openssh.ports ++ lib.optional isMaster cluster.apiPort;

  # Waits for the lock on the tables, which kube-proxy and flannel take, too.
  accept = program: from: "${program} -w -A nixos-fw ${from} -j nixos-fw-accept\n";
  fromOutside =
    range:
    if lib.hasInfix ":" range then
      lib.optionalString ipv6 (lib.concatMapStrings (accept "ip6tables") (services range))
    else
      lib.concatMapStrings (accept "iptables") (services range);
  services = range: map (port: "-p tcp --source ${range} --dport ${toString port}") ports;
in
{
  services.openssh.openFirewall = everybody;

  networking.firewall = {
    allowedTCPPorts = lib.optional (everybody && isMaster) cluster.apiPort;
    trustedInterfaces = [
      "mynet" # the bridge that this machine's own pods are on
    ]
    # Whoever speaks there holds the key of one of the other machines, and has its address.
    ++ lib.optional (cluster ? wireguard) "wg0";
    extraCommands =
      lib.concatMapStrings fromOutside cluster.access
      + (
        if cluster ? wireguard then
          # For the network and not for each peer: who comes and goes changes no rule, and every change of a rule keeps
          # everybody out for a moment. WireGuard does not answer strangers.
          accept "iptables" "-p udp --source ${machine.address}/${toString machine.prefixLength} --dport ${toString cluster.wireguard.port}"
        else
          lib.concatMapStrings (address: accept "iptables" "--source ${address}") others
      );
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
}
