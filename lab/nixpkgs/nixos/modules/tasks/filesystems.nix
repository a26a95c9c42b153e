# Upstream: nixos/modules/tasks/filesystems.nix, config/swap.nix, config/zram.nix, system/boot/grow-partition.nix
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  nonEmptyString = types.addCheck types.str (text: builtins.match "[ \t\n]*" text == null) // {
    description = "string (with check: non-empty)";
  };
  fileSystem =
    { name, config, ... }:
    {
      config.device = lib.mkIf (config.fsType == "tmpfs") (lib.mkDefault config.fsType);
      options = {
        mountPoint = mkOption {
          type = types.str;
          default = name;
        };
        device = mkOption {
          type = types.nullOr nonEmptyString;
          default = null;
        };
        fsType = mkOption { type = nonEmptyString; };
        options = mkOption {
          type = types.nonEmptyListOf nonEmptyString;
          default = [ "defaults" ];
        };
        label = mkOption {
          type = types.nullOr types.str;
          default = null;
        };
        autoResize = mkOption {
          type = types.bool;
          default = false;
        };
        neededForBoot = mkOption {
          type = types.bool;
          default = false;
        };
        noCheck = mkOption {
          type = types.bool;
          default = false;
        };
      };
    };
  flag = mkOption {
    type = types.bool;
    default = false;
  };
in
{
  options = {
    fileSystems = mkOption {
      type = types.attrsOf (types.submodule fileSystem);
      default = { };
    };
    swapDevices = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            device = mkOption { type = types.str; };
            size = mkOption {
              type = types.nullOr types.int;
              default = null;
            };
          };
        }
      );
      default = [ ];
    };
    zramSwap.enable = flag;
    boot.growPartition = flag;
  };
  config = {
    assertions = [
      {
        assertion = config.fileSystems ? "/";
        message = "The ‘fileSystems’ option does not specify your root file system.";
      }
      {
        assertion = config.swapDevices == [ ] && !config.zramSwap.enable;
        message = "a lab machine has no swap of its own: leave swapDevices empty and zramSwap off";
      }
    ];
    environment.etc.fstab.text =
      lib.concatStrings (
        lib.mapAttrsToList (
          _: fs:
          "${if fs.device != null then fs.device else "/dev/disk/by-label/${fs.label}"} ${fs.mountPoint} ${fs.fsType} ${
            lib.concatStringsSep "," (lib.optional fs.autoResize "x-systemd.growfs" ++ fs.options)
          } 0 ${if fs.mountPoint == "/" then "1" else "2"}\n"
        ) config.fileSystems
      );
  };
}
