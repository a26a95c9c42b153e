# A machine that runs a kubelet: every machine of the cluster.
{
  config,
  lib,
  kluster,
  ...
}:
let
  inherit (kluster) machine;
in
{
  services.kubernetes.kubelet = {
    # Plainly: NixOS's own takes networking.domain along, and a node that is called otherwise is another node.
    hostname = machine.name;
    nodeIp = machine.nodeAddress; # where the other machines look for it
    # CoreDNS forwards to what this file names. The stub resolver that /etc/resolv.conf names with systemd-resolved
    # is 127.0.0.53, which in a pod is the pod: a loop, at which CoreDNS gives up.
    extraConfig = lib.mkIf config.services.resolved.enable {
      resolvConf = lib.mkDefault "/run/systemd/resolve/resolv.conf";
    };
  };

  # It looks for the network of pods in a folder that becomes another one with the system, which it does not see.
  systemd.services = lib.mkIf config.virtualisation.containerd.enable {
    containerd.restartTriggers = [
      (builtins.toJSON {
        inherit (config.services.kubernetes.kubelet.cni) config;
        folder = toString config.services.kubernetes.kubelet.cni.configDir;
      })
    ];
  };

  # A kubelet refuses to start where there is any swap, compressed memory included.
  swapDevices = lib.mkForce [ ];
  zramSwap.enable = lib.mkForce false;
}
