# What every machine has: its name, everybody's address, the operator's key, and limits that keep small disks from
# filling up.
{ lib, kluster, ... }:
let
  inherit (lib) mkDefault mkForce;
  inherit (kluster) cluster machine;
in
{
  networking = {
    hostName = machine.name;
    # Every node resolves every node: the API server reaches a kubelet by its host name (the only name in the
    # kubelet's certificate), and everybody calls the API server by the master's.
    hosts = lib.mapAttrs' (name: address: lib.nameValuePair address [ name ]) cluster.hosts // {
      # NixOS would make the machine's own name 127.0.0.2: a name means one address, wherever it is asked.
      "127.0.0.2" = mkForce [ ];
    };
  };

  users.users.root.openssh.authorizedKeys.keys = cluster.authorizedKeys;

  documentation.enable = mkDefault false;
  services.journald.extraConfig = mkDefault "SystemMaxUse=200M";
  # Every change of a machine is a generation. What is kept must fit beside two systems and the container images.
  boot.loader.grub.configurationLimit = mkDefault 10;
  nix.gc.automatic = mkDefault true;
  # NixOS's own is daily at 03:15, and made up for at the next boot: a machine that was off would collect beside Kubernetes'
  # start, and all of them at once.
  nix.gc.dates = mkDefault "weekly";
  nix.gc.randomizedDelaySec = mkDefault "6h";
  nix.gc.options = mkDefault "--delete-older-than 14d";
  nix.settings.auto-optimise-store = mkDefault true;

  system.stateVersion = mkDefault "26.05";
}
