# What master and nodes must agree on, by NixOS's services.kubernetes.
{
  lib,
  pkgs,
  kluster,
  ...
}:
let
  inherit (lib) mkDefault;
  inherit (kluster) cluster machine;
in
{
  services.kubernetes = {
    inherit (machine) roles;
    masterAddress = cluster.master;
    # Always with its port: NixOS's default leaves it out as soon as advertiseAddress is set.
    apiserverAddress = "https://${cluster.master}:${toString cluster.apiPort}";

    # Ranges that don't collide with VirtualBox's or the cloud's networks. On nodes, too: the address of the
    # cluster's DNS, which every kubelet hands to its pods, is made from the range of services.
    clusterCidr = cluster.pods;
    apiserver.serviceClusterIpRange = cluster.services;
    apiserver.securePort = cluster.apiPort;

    addons.dns.enable = mkDefault true;
    # It would open VXLAN, which authenticates nobody, to everyone: firewall.nix lets the nodes in.
    flannel.openFirewallPorts = mkDefault false;
  };

  # flannel would take the interface of the default route: with VirtualBox's NAT that is 10.0.2.15 on each machine.
  services.flannel.iface = machine.nodeAddress;

  environment.systemPackages = [
    pkgs.kubectl
    pkgs.kubernetes
  ];
}
