# The NixOS installer for a machine that runs another Linux, which starts it by kexec. It is evaluated like default.nix:
#
#   nix-instantiate --eval --strict --json --read-write-mode kexec-installer.nix --argstr facts /path/facts.json
#
# gives "installer", with drvPath and storePath of a folder:
#
#   kernel, initrd   to load; the whole installer is in the initrd, which runs in memory
#   command-line     for that kernel
#   kexec            the program that loads it
#
# facts: absolute path of a JSON document { "nixpkgs": { "url", "sha256" } }.
# nixpkgs: another nixpkgs than that, as a path.
#
# The installer belongs to nobody: what it trusts is appended to the initrd (kexec-installer-system.nix).
{
  facts,
  nixpkgs ? null,
}:
let
  document = import ./facts.nix facts;

  source = if nixpkgs != null then nixpkgs else builtins.fetchTarball { inherit (document.nixpkgs) url sha256; };

  inherit
    (import "${toString source}/nixos/lib/eval-config.nix" {
      system = null;
      modules = [
        "${toString source}/nixos/modules/installer/netboot/netboot-minimal.nix"
        ./kexec-installer-system.nix
      ];
    })
    config
    lib
    pkgs
    ;
  inherit (config.system) build;

  # The initrd is unpacked into the kernel's first root. Without root= that is a tmpfs, which takes half of the memory at
  # most, and not what kluster reckons with before it leaves the other Linux (Linux' init/do_mounts.c, init_rootfs).
  kernelParams =
    if builtins.any (lib.hasPrefix "root=") config.boot.kernelParams then
      config.boot.kernelParams
    else
      throw ''
        the installer's kernel parameters have no root=, which nixpkgs gives them for an initrd with systemd
        (boot.initrd.systemd.enable): ${toString config.boot.kernelParams}. The installer would need twice the memory.
        Take another nixpkgs (kluster:nixpkgs).'';

  # The system is in the initrd. Without its context Nix does not look for it here, and nobody sends it a second time.
  commandLine = pkgs.writeText "command-line" (
    builtins.unsafeDiscardStringContext "init=${build.toplevel}/init ${toString kernelParams}\n"
  );

  # The kernel is copied out of its package, whose modules nobody needs here.
  installer = pkgs.runCommand "kluster-kexec-installer" { } ''
    mkdir $out
    cp ${build.kernel}/${config.system.boot.loader.kernelFile} $out/kernel
    ln -s ${build.netbootRamdisk}/initrd $out/initrd
    ln -s ${commandLine} $out/command-line
    ln -s ${pkgs.kexec-tools}/bin/kexec $out/kexec
  '';
in
{
  installer = {
    drvPath = builtins.unsafeDiscardStringContext installer.drvPath;
    storePath = builtins.unsafeDiscardStringContext installer.outPath;
  };
}
