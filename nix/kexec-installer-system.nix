# The installer of kexec-installer.nix, beside nixpkgs' own netboot installer. Nobody is trusted but who has appended a
# cpio archive to its initrd, with a folder /kluster and a script seed.sh in it (scripts/kexec-seed.sh) that brings the
# host key, the operator's key and the network. What was in the initrd of a real machine is gone when NixOS has started;
# /run stays, which is memory, too.
{ lib, pkgs, ... }:
let
  inherit (lib) mkForce;
  seed = "/run/kluster-seed";
in
{
  imports = [ ./ssh.nix ];

  # Tools for people, and file systems that no disk of ours has.
  disabledModules = [ "profiles/base.nix" ];

  nixpkgs.hostPlatform = lib.mkDefault "x86_64-linux";
  system.stateVersion = "26.05";

  boot.initrd.systemd.enable = true;
  boot.initrd.systemd.services.kluster-keep-seed = {
    description = "Keep what came with the initrd";
    wantedBy = [ "initrd.target" ];
    before = [
      "initrd.target"
      "shutdown.target"
    ];
    conflicts = [ "shutdown.target" ];
    unitConfig.DefaultDependencies = false;
    serviceConfig.Type = "oneshot";
    script = "cp -a /kluster ${seed}";
  };

  # SSH and the network wait for it, and without it nobody ever gets an answer: better none than one with a key that
  # nobody knows. Then the machine goes back to the system on its disk, as it does when the kernel panics; a minute later,
  # so that its console can be read.
  systemd.services.kluster-seed = {
    description = "Become the machine that this was started for";
    requiredBy = [
      "sshd.service"
      "systemd-networkd.service"
    ];
    wantedBy = [ "multi-user.target" ];
    before = [
      "network-pre.target"
      "shutdown.target"
      "sshd-keygen.service"
      "sshd.service"
      "systemd-networkd.service"
    ];
    conflicts = [ "shutdown.target" ];
    unitConfig.DefaultDependencies = false;
    unitConfig.FailureAction = "reboot";
    serviceConfig.Type = "oneshot";
    serviceConfig.RemainAfterExit = true;
    serviceConfig.TimeoutStartSec = 300;
    script = ''
      if ! ${pkgs.bash}/bin/bash ${seed}/seed.sh; then
        echo "this installer does not know which machine it is on; the system on the disk starts again in a minute" >&2
        sleep 60
        exit 1
      fi
    '';
  };

  # nixpkgs' installers let everybody in who sits at the console.
  services.getty.autologinUser = mkForce null;
  users.users.root.initialHashedPassword = mkForce "!";
  users.users.nixos.initialHashedPassword = mkForce "!";

  # Cards that the seed says nothing of get their addresses by DHCP.
  networking.useNetworkd = true;
  networking.networkmanager.enable = mkForce false;
  networking.wireless.enable = mkForce false;

  # Back to the system on the disk, from which the next run tries again.
  boot.kernelParams = [
    "panic=30"
    "boot.panic_on_fail"
  ];

  systemd.tmpfiles.rules = [ "d /mnt 0755 root root -" ];
  environment.systemPackages = [
    pkgs.dosfstools
    pkgs.e2fsprogs
    pkgs.parted
  ];

  # It is in no cache, and used once: nixpkgs' level 19 takes minutes of the box that builds it.
  netboot.squashfsCompression = lib.mkDefault "zstd -Xcompression-level 6";

  # What is not needed to put a finished system on a virtual machine's disk would be sent over the operator's line, and
  # lie in the machine's memory.
  documentation.enable = mkForce false;
  documentation.nixos.enable = mkForce false;
  hardware.enableRedistributableFirmware = mkForce false;
  system.extraDependencies = mkForce [ ];
  system.installer.channel.enable = false;
}
