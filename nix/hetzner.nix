# A server of Hetzner Cloud: two network cards, told apart by their MAC addresses. The public one has IPv4 by DHCP and
# IPv6, which nothing there announces, by what the facts say. The private one has the machine's address in the inventory.
{
  config,
  lib,
  kluster,
  ...
}:
let
  inherit (lib) mkDefault optional optionalString;
  inherit (kluster) machine;
  inherit (machine.hetzner) macs ipv4;
  ipv6 = machine.hetzner.ipv6 or null;
  subnet = import ./subnet.nix lib { inherit (machine) address prefixLength; };

  # Tells everybody who asks from the machine its user data. What a pod may know of the machine is not up to the cloud.
  # What the machine itself asks does not come this way. Of another network of pods nobody knows the interfaces here.
  fromPods = optionalString config.services.kubernetes.flannel.enable "-i mynet ";
  metadata = from: "PREROUTING ${from}-d 169.254.169.254 -j DROP";
in
{
  nixpkgs.hostPlatform = mkDefault "x86_64-linux";

  boot.initrd.availableKernelModules = [
    "ahci"
    "sd_mod"
    "sr_mod"
    "virtio_blk"
    "virtio_pci"
    "virtio_scsi"
    "xhci_pci"
  ];

  networking.useDHCP = false;
  networking.useNetworkd = true;
  # Hands the name servers of DHCP on; kubernetes-node.nix keeps its stub resolver from the pods.
  services.resolved.enable = mkDefault true;

  kluster.networks = {
    "00-kluster-public" = {
      matchConfig.MACAddress = macs.public;
      networkConfig.DHCP = if ipv4 then "ipv4" else false;
      networkConfig.IPv6AcceptRA = false;
      networkConfig.LinkLocalAddressing = if ipv6 != null then "ipv6" else false;
      address = optional (ipv6 != null) ipv6;
      gateway = optional (ipv6 != null) "fe80::1";
      # Without IPv4 there is no DHCP to name these, Hetzner's own.
      dns = lib.optionals (!ipv4) [
        "2a01:4ff:ff00::add:1"
        "2a01:4ff:ff00::add:2"
      ];
      # Being online means that the other machines can be reached: the cluster works without a way out.
      linkConfig.RequiredForOnline = false;
    };
    "00-kluster-private" = {
      matchConfig.MACAddress = macs.private;
      # Hetzner's networks route and do not switch: even the neighbours are behind the gateway, the first address.
      address = [ "${machine.address}/32" ];
      routes = [
        {
          Destination = "${subnet.network}/${toString machine.prefixLength}";
          Gateway = subnet.first;
          GatewayOnLink = true;
        }
      ];
      networkConfig.LinkLocalAddressing = false;
      networkConfig.IPv6AcceptRA = false;
      linkConfig.MTUBytes = "1450";
    };
  };

  # NixOS runs these at each start and reload of the firewall, whatever is there of the last one.
  networking.firewall.extraCommands = ''
    iptables -w -t raw -C ${metadata fromPods} 2>/dev/null || iptables -w -t raw -I ${metadata fromPods}
  '';
  networking.firewall.extraStopCommands = ''
    iptables -w -t raw -D ${metadata ""} 2>/dev/null || true
    iptables -w -t raw -D ${metadata "-i mynet "} 2>/dev/null || true
  '';
}
