# Upstream: nixos/modules/installer/netboot/netboot.nix. There the initial ramdisk holds a first stage and, as one
# squashfs, the store that it mounts; here the lab's kexec makes the unpacked ramdisk the root itself, so it holds the
# store as it is: the closure of the system and how to register it.
{ config, lib, pkgs, ... }:
{
  # Of the squashfs that there is none of here.
  options.netboot.squashfsCompression = lib.mkOption {
    type = lib.types.str;
    default = "zstd -Xcompression-level 19";
  };
  config.boot.loader.grub.enable = false;
  config.fileSystems."/" = lib.mkImageMediaOverride {
    fsType = "tmpfs";
    options = [ "mode=0755" ];
  };
  config.system.build.netbootRamdisk =
    pkgs.runCommand "initrd-netboot" { exportReferencesGraph = [ "closure" config.system.build.toplevel ]; } ''
      store=${builtins.storeDir}
      mkdir $out
      grep "^$store/" closure | sort -u > paths
      {
        # Every folder above the store, then what is in it.
        folder=
        IFS=/
        for name in ''${store#/}; do
          folder=$folder/$name
          printf '%s\0' "$folder"
        done
        unset IFS
        xargs -d '\n' -a paths -I '{}' find '{}' -print0 | LC_ALL=C sort -z
      } | perl ${../../../../pkgs/newc.pl} "$store/nix-path-registration" closure | gzip -n > $out/initrd
    '';
  config.boot.postBootCommands = ''
    ${config.nix.package}/bin/nix-store --register-validity < ${builtins.storeDir}/nix-path-registration
    touch /etc/NIXOS
    ${config.nix.package}/bin/nix-env -p /nix/var/nix/profiles/system --set /run/current-system
  '';
}
