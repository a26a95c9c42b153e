# The system as one store path (upstream: nixos/modules/system/activation/top-level.nix, switchable-system.nix,
# pre-switch-check.nix).
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  failed = map (assertion: assertion.message) (lib.filter (assertion: !assertion.assertion) config.assertions);
  label = "${config.system.name}-${config.system.nixos.label}";
  checked =
    value:
    if failed != [ ] then
      throw "\nFailed assertions:\n${lib.concatStringsSep "\n" (map (message: "- ${message}") failed)}"
    else
      builtins.foldl' (rest: warning: builtins.trace "warning: ${warning}" rest) value config.warnings;

  # As upstream since 25.05: a change of one of these makes a running system refuse the switch.
  inhibitors = builtins.toJSON config.system.switch.inhibitors;
  preSwitchCheck = pkgs.writeShellScript "pre-switch-checks" (
    lib.concatStrings (
      lib.mapAttrsToList (name: text: ''
        # pre-switch check ${name}
        (
          ${text}
        ) || {
          echo "Pre-switch check '${name}' failed"
          exit 1
        }
      '') config.system.preSwitchChecks
    )
  );
  switch = pkgs.runCommand "switch-to-configuration" { } ''
    mkdir -p $out/bin
    ln -s ${pkgs.switch-to-configuration-ng}/bin/switch-to-configuration $out/bin/switch-to-configuration
  '';
in
{
  options.system = {
    preSwitchChecks = mkOption {
      type = types.attrsOf types.str;
      default = { };
    };
    switch.inhibitors = mkOption {
      type = types.attrsOf types.str;
      default = { };
    };
    extraDependencies = mkOption {
      type = types.listOf types.pathInStore;
      default = [ ];
    };
  };
  config = {
    system.preSwitchChecks.switchInhibitors = ''
      # $1 is the new system, $2 the action; only what runs now can be in the way.
      if [ "$2" != boot ] && [ -e /run/current-system/switch-inhibitors ] \
        && ! cmp -s /run/current-system/switch-inhibitors "$1/switch-inhibitors"; then
        echo "There are changes to critical components of the system:"
        diff /run/current-system/switch-inhibitors "$1/switch-inhibitors" || true
        echo "Switching into this system is not recommended."
        echo "You probably want to run 'nixos-rebuild boot' and reboot your system instead."
        false
      fi
    '';
    system.build.toplevel = checked (
      pkgs.runCommand "nixos-system-${label}"
        {
          inherit preSwitchCheck;
        }
        ''
          mkdir -p $out/bin
          sed "s|@systemConfig@|$out|g" ${config.system.build.bootStage2} > $out/init
          cp ${config.system.build.activate} $out/activate
          cp ${config.system.build.dryActivate} $out/dry-activate
          chmod u+w,+x $out/init $out/activate $out/dry-activate
          ln -s ${config.system.build.etc}/etc $out/etc
          ln -s ${config.system.path} $out/sw
          ln -s ${pkgs.systemd} $out/systemd
          ln -s ${config.system.build.kernel}/${config.system.boot.loader.kernelFile} $out/kernel
          ln -s ${config.system.build.kernel} $out/kernel-modules
          ln -s ${config.system.build.initialRamdisk}/initrd $out/initrd
          printf %s ${pkgs.quote (lib.concatStringsSep " " config.boot.kernelParams)} > $out/kernel-params
          printf %s "systemd ${pkgs.systemd.version}" > $out/init-interface-version
          printf %s x86_64-linux > $out/system
          printf %s ${pkgs.quote config.system.nixos.label} > $out/nixos-version
          printf '%s\n' ${pkgs.quote inhibitors} > $out/switch-inhibitors
          ln -s $preSwitchCheck $out/pre-switch-checks
          printf '%s\n' ${lib.concatStringsSep " " (map toString config.system.extraDependencies)} > $out/extra-dependencies
          cat > $out/bin/switch-to-configuration <<END
          #! ${pkgs.bash}/bin/bash
          # What upstream gives to its program in the environment.
          export OUT=$out TOPLEVEL=$out DISTRO_ID=${config.system.nixos.distroId} PRE_SWITCH_CHECK=$preSwitchCheck
          export INSTALL_BOOTLOADER=${config.system.build.installBootLoader} SYSTEMD=${pkgs.systemd} LOCALE_ARCHIVE=
          exec ${switch}/bin/switch-to-configuration "\$@"
          END
          chmod +x $out/bin/switch-to-configuration
        ''
    );
  };
}
