# PID 1 of a machine that boots from its disk (upstream: nixos/modules/system/boot/stage-2-init.sh). Everything is
# mounted already when it is called: there is no kernel to boot, and the `kernel` and `initrd` of a system are names
# only, by which a change can be seen. What modules have the first stage do (boot.initrd.systemd.services), this one does
# first, one after the other, in a root that is the first stage's, too.
{ config, lib, pkgs, ... }:
let
  firstStage = lib.filter (service: service.enable) (lib.attrValues config.boot.initrd.systemd.services);
in
{
  # As upstream's nixos/modules/system/boot/systemd/initrd.nix: its first stage finds the root in its own fstab.
  boot.kernelParams = lib.optional config.boot.initrd.systemd.enable "root=fstab";
  system.build.kernel = pkgs.runCommand "linux-6.18.0-lab" { } ''
    mkdir $out
    echo "the box's own kernel" > $out/${config.system.boot.loader.kernelFile}
  '';
  system.build.initialRamdisk = pkgs.writeTextDir "initrd" (
    builtins.toJSON { inherit (config.boot.initrd) availableKernelModules kernelModules; }
  );
  system.build.bootStage2 = pkgs.writeText "stage-2-init.sh" ''
    #! ${pkgs.bash}/bin/bash
    systemConfig=@systemConfig@
    export PATH=${pkgs.coreutils}/bin:${pkgs.util-linux}/bin HOME=/root
    echo
    echo "<<< NixOS Stage 2 (lab) >>>"
    echo
    mkdir -p /etc /run /tmp /root /var
    ${lib.concatMapStrings (service: ''
      ( set -e
      ${service.script}
      ) || echo "failed: ${service.description}"
    '') firstStage}
    # Without a machine id systemd would take this for a first boot and apply presets.
    if [ ! -s /etc/machine-id ]; then
      tr -d - < /proc/sys/kernel/random/uuid > /etc/machine-id
    fi
    echo "running activation script..."
    "$systemConfig/activate" "$systemConfig" || echo "the activation script failed ($?)"
    ln -sfn "$systemConfig" /run/booted-system
    ${config.boot.postBootCommands}
    ${config.system.labKernelSettings}
    # Units come from the system and nowhere else: what Debian's packages put into /usr/lib/systemd/system is no part
    # of NixOS (and would take the ports of containerd, etcd and sshd).
    export SYSTEMD_UNIT_PATH=/etc/systemd/system.control:/run/systemd/system.control:/run/systemd/transient:/run/systemd/generator.early:/etc/systemd/system:/etc/systemd/system.attached:/run/systemd/system:/run/systemd/system.attached:/run/systemd/generator:/run/systemd/generator.late
    echo "starting systemd..."
    exec ${pkgs.systemd}/lib/systemd/systemd --log-target=journal-or-kmsg
  '';
}
