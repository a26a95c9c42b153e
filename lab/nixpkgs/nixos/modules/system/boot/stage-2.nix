# PID 1 of a machine that boots from its disk (upstream: nixos/modules/system/boot/stage-2-init.sh). Everything is
# mounted already when it is called: there is no kernel to boot, and the `kernel` and `initrd` of a system are names
# only, by which a change can be seen.
{ config, pkgs, ... }:
{
  system.build.kernel = pkgs.writeText "linux-6.18.0-lab" "the box's own kernel\n";
  system.build.initialRamdisk = pkgs.writeText "initrd-lab" (
    builtins.toJSON { inherit (config.boot.initrd) availableKernelModules kernelModules; }
  );
  system.build.bootStage2 = pkgs.writeText "stage-2-init.sh" ''
    #! ${pkgs.bash}/bin/bash
    systemConfig=@systemConfig@
    export PATH=${pkgs.coreutils}/bin:${pkgs.util-linux}/bin
    echo
    echo "<<< NixOS Stage 2 (lab) >>>"
    echo
    mkdir -p /etc /run /tmp /root /var
    # Without a machine id systemd would take this for a first boot and apply presets.
    if [ ! -s /etc/machine-id ]; then
      tr -d - < /proc/sys/kernel/random/uuid > /etc/machine-id
    fi
    echo "running activation script..."
    "$systemConfig/activate" "$systemConfig" || echo "the activation script failed ($?)"
    ln -sfn "$systemConfig" /run/booted-system
    ${config.system.labKernelSettings}
    # Units come from the system and nowhere else: what Debian's packages put into /usr/lib/systemd/system is no part
    # of NixOS (and would take the ports of containerd, etcd and sshd).
    export SYSTEMD_UNIT_PATH=/etc/systemd/system.control:/run/systemd/system.control:/run/systemd/transient:/run/systemd/generator.early:/etc/systemd/system:/etc/systemd/system.attached:/run/systemd/system:/run/systemd/system.attached:/run/systemd/generator:/run/systemd/generator.late
    echo "starting systemd..."
    exec ${pkgs.systemd}/lib/systemd/systemd --log-target=journal-or-kmsg
  '';
}
