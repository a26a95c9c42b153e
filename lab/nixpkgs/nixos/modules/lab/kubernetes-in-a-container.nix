# Lab only: what kubelet, kube-proxy and containerd must be told because a lab machine is a container on the box's
# kernel (cgroup version 1, read-only /proc/sys, no AppArmor). Nothing of this belongs to NixOS or to kluster.
{ config, lib, pkgs, ... }:
let
  top = config.services.kubernetes;
  wanted = {
    "vm/overcommit_memory" = "1";
    "kernel/panic" = "10";
    "kernel/panic_on_oops" = "1";
  };
in
{
  # Kubelet wants to set these three and stops when it can't: each gets a file of its own put over it.
  options.system.labKernelSettings = lib.mkOption {
    type = lib.types.str;
    internal = true;
  };
  config = lib.mkMerge [
    {
      system.labKernelSettings = lib.concatStrings (
        lib.mapAttrsToList (name: value: ''
          if [ "$(cat /proc/sys/${name})" != ${value} ] && ! echo ${value} 2>/dev/null > /proc/sys/${name}; then
            mkdir -p /run/lab
            echo ${value} > /run/lab/${baseNameOf name}
            mount --bind /run/lab/${baseNameOf name} /proc/sys/${name} || echo "no own /proc/sys/${name}"
          fi
        '') wanted
      );
    }
    (lib.mkIf top.kubelet.enable {
      services.kubernetes.kubelet.extraConfig = {
        failCgroupV1 = false;
        failSwapOn = false;
        cgroupDriver = "cgroupfs";
        cgroupsPerQOS = false;
        enforceNodeAllocatable = [ ];
        localStorageCapacityIsolation = false;
      };
      virtualisation.containerd.settings.plugins."io.containerd.grpc.v1.cri" = {
        disable_cgroup = true;
        disable_apparmor = true;
        restrict_oom_score_adj = true;
        containerd.runtimes.runc.options.SystemdCgroup = false;
      };
    })
    (lib.mkIf top.proxy.enable {
      services.kubernetes.proxy.extraOpts = "--conntrack-max-per-core=0 --conntrack-tcp-timeout-established=0 --conntrack-tcp-timeout-close-wait=0";
    })
  ];
}
