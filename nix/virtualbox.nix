# A VirtualBox machine: BIOS, SATA, and two network cards, which are told apart by their MAC addresses. Card 1 is
# VirtualBox's NAT, the way out; card 2 has the machine's address in the inventory.
{ lib, kluster, ... }:
let
  inherit (lib) mkDefault;
  inherit (kluster) machine;
  inherit (machine.virtualbox) macs;
in
{
  nixpkgs.hostPlatform = mkDefault "x86_64-linux";

  boot.initrd.availableKernelModules = [
    "ahci"
    "ata_piix"
    "ehci_pci"
    "ohci_pci"
    "sd_mod"
    "sr_mod"
  ];

  networking.useDHCP = false;
  networking.useNetworkd = true;
  # Hands the name servers of the NAT's DHCP on; kubernetes-node.nix keeps its stub resolver from the pods.
  services.resolved.enable = mkDefault true;

  kluster.networks = {
    "00-kluster-egress" = {
      matchConfig.MACAddress = macs.egress;
      networkConfig.DHCP = "ipv4";
      # Being online means that the other machines can be reached: the cluster works without a way out.
      linkConfig.RequiredForOnline = false;
    };
    "00-kluster-cluster" = {
      matchConfig.MACAddress = macs.cluster;
      address = [ "${machine.address}/${toString machine.prefixLength}" ];
      # Nothing but its address: no time is spent on waiting for routers.
      networkConfig.LinkLocalAddressing = false;
      networkConfig.IPv6AcceptRA = false;
    };
  };
}
