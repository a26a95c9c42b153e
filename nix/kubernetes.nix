# What master and nodes must agree on, by NixOS's services.kubernetes with easyCerts: cfssl on the master signs,
# certmgr on every machine asks and renews.
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
    easyCerts = true;
    # The CA comes with the installation (secrets.nix); fetching it unverified is never needed.
    pki.pkiTrustOnBootstrap = false;

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

  # certmgr compares a certificate's names with more than it asked for, finds them different and renews, and every
  # renewal restarts Kubernetes' services. Certificates run 30 days and are renewed in their last 3.
  services.certmgr.renewInterval = mkDefault "12h";

  # On a node it fails until the master's cfssl answers; ten seconds between two attempts are most of a first start.
  systemd.services.certmgr = {
    serviceConfig.RestartSec = lib.mkForce "1s";
    unitConfig.StartLimitIntervalSec = lib.mkForce 0;
  };

  environment.systemPackages = [
    pkgs.kubectl
    pkgs.kubernetes
  ];
}
