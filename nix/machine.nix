# One machine: what every machine has, what its kind and its roles need, then the user's own modules, which win
# wherever ours say mkDefault.
{ lib, kluster, ... }:
let
  inherit (kluster) cluster machine;
  byKind = {
    virtualbox = ./virtualbox.nix;
    hetzner = ./hetzner.nix;
  };
in
{
  imports = [
    ./base.nix
    ./disk.nix
    ./firewall.nix
    ./networks.nix
    ./outside.nix
    ./reachable
    ./secret-files.nix
    ./ssh.nix
    ./kubernetes.nix
    ./kubernetes-pki.nix
    ./kubernetes-hardening.nix
    ./certificate-watch.nix
    # On a master, too: NixOS runs a kubelet there, whether it takes pods or not.
    ./kubernetes-node.nix
    (byKind.${machine.kind} or (throw "kluster: there is no module for machines of kind \"${machine.kind}\""))
  ]
  ++ lib.optional (lib.elem "master" machine.roles) ./kubernetes-master.nix
  ++ lib.optional (cluster ? wireguard) ./wireguard.nix
  ++ cluster.modules
  ++ machine.modules;
}
