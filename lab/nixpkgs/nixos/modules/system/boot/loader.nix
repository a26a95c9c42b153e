# Upstream: nixos/modules/system/boot/{kernel,modprobe}.nix, system/boot/loader/**, config/sysctl.nix. A lab machine
# has the box's kernel, so modules and parameters are taken and do nothing; the boot loader is a file that names the
# system to boot, /boot/lab-entry.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  systemd = import ../../../lib/systemd.nix { inherit lib pkgs; };
  # Names, or a set of them with false for those that are not wanted after all.
  modules = mkOption {
    type = types.coercedTo (types.listOf types.str) (list: lib.genAttrs list (_: true)) (types.attrsOf types.bool);
    default = { };
  };
  flag =
    default:
    mkOption {
      type = types.bool;
      inherit default;
    };
  cfg = config.boot.loader;
in
{
  options.boot = {
    kernelModules = modules;
    kernelParams = mkOption {
      type = types.listOf (
        types.strMatching ''([^"[:space:]]|"[^"]*")+''
        // {
          name = "kernelParam";
          description = "string, with spaces inside double quotes";
        }
      );
      default = [ ];
    };
    extraModulePackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
    };
    supportedFilesystems = mkOption {
      type = types.either (types.listOf types.str) (types.attrsOf types.bool);
      default = { };
    };
    initrd = {
      kernelModules = modules;
      availableKernelModules = modules;
      systemd.enable = flag true;
      systemd.services = systemd.unitsOf "service";
    };
    postBootCommands = mkOption {
      type = types.lines;
      default = "";
    };
    kernel.sysctl = mkOption {
      type = types.attrsOf (types.nullOr (types.oneOf [ types.bool types.int types.str ]));
      default = { };
    };
    tmp.cleanOnBoot = flag false;
    zfs.enabled = flag false;
    loader = {
      timeout = mkOption {
        type = types.nullOr types.int;
        default = 5;
      };
      efi.canTouchEfiVariables = flag false;
      efi.efiSysMountPoint = mkOption {
        type = types.str;
        default = "/boot";
      };
      systemd-boot.enable = flag false;
      grub = {
        enable = flag true;
        device = mkOption {
          type = types.str;
          default = "";
        };
        devices = mkOption {
          type = types.listOf types.str;
          default = [ ];
        };
        configurationLimit = mkOption {
          type = types.int;
          default = 100;
        };
        efiSupport = flag false;
        efiInstallAsRemovable = flag false;
      };
    };
  };
  options.system.boot.loader.kernelFile = mkOption {
    type = types.str;
    default = "bzImage";
    internal = true;
  };
  options.hardware.enableRedistributableFirmware = flag false;
  options.system.build = mkOption {
    type = types.submodule { freeformType = types.lazyAttrsOf types.unspecified; };
    default = { };
  };

  config = {
    boot.loader.grub.devices = lib.optional (cfg.grub.device != "") cfg.grub.device;
    assertions = [
      {
        assertion = !cfg.grub.enable || cfg.grub.devices != [ ];
        message = "You must set the option ‘boot.loader.grub.devices’ or 'boot.loader.grub.mirroredBoots' to make the system bootable.";
      }
      {
        assertion = cfg.grub.efiInstallAsRemovable -> !cfg.efi.canTouchEfiVariables;
        message = "If you wish to to use boot.loader.grub.efiInstallAsRemovable, then turn off boot.loader.efi.canTouchEfiVariables";
      }
    ];
    # Called with the system as its only argument, as GRUB's installer is.
    system.build.installBootLoader = pkgs.writeShellScript "install-lab-entry" ''
      set -e
      export PATH=${pkgs.coreutils}/bin
      mkdir -p /boot
      echo "updating GRUB 2 menu (the lab's: /boot/lab-entry)..." >&2
      printf '%s\n' "$1" > /boot/.lab-entry.new
      mv /boot/.lab-entry.new /boot/lab-entry
    '';
    environment.etc."sysctl.d/60-nixos.conf".text = lib.concatStrings (
      lib.mapAttrsToList (
        # The dash: most of /proc/sys belongs to the box and is read-only.
        name: value: lib.optionalString (value != null) "-${name}=${if builtins.isBool value then (if value then "1" else "0") else toString value}\n"
      ) config.boot.kernel.sysctl
    );

  };
}
