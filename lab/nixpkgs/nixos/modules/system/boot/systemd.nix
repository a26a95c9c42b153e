# systemd itself (upstream: nixos/modules/system/boot/systemd.nix, systemd/{tmpfiles,journald}.nix): the units of
# etc/systemd/system are the declared ones and those of systemd's own that are listed here, nothing else.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  systemd = import ../../../lib/systemd.nix { inherit lib pkgs; };
  cfg = config.systemd;
  upstream = [
    "basic.target" "sysinit.target" "sockets.target" "paths.target" "timers.target" "slices.target"
    "multi-user.target" "rescue.target" "emergency.target" "getty.target"
    "local-fs.target" "local-fs-pre.target" "remote-fs.target" "swap.target"
    "network.target" "network-pre.target" "network-online.target" "nss-lookup.target" "nss-user-lookup.target"
    "time-set.target" "time-sync.target"
    "shutdown.target" "umount.target" "final.target" "reboot.target" "poweroff.target" "halt.target" "exit.target"
    "systemd-reboot.service" "systemd-poweroff.service" "systemd-halt.service" "systemd-exit.service"
    "user.slice" "machine.slice"
    "systemd-journald.service" "systemd-journald.socket" "systemd-journald-dev-log.socket" "systemd-journal-flush.service"
    "systemd-tmpfiles-setup.service" "systemd-tmpfiles-clean.service" "systemd-tmpfiles-clean.timer"
    "systemd-sysctl.service"
    "dbus.socket" "dbus.service"
  ];
  upstreamWants = [
    { target = "sysinit.target"; unit = "systemd-journald.service"; }
    { target = "sysinit.target"; unit = "systemd-journal-flush.service"; }
    { target = "sysinit.target"; unit = "systemd-tmpfiles-setup.service"; }
    { target = "sysinit.target"; unit = "systemd-sysctl.service"; }
    { target = "sockets.target"; unit = "systemd-journald.socket"; }
    { target = "sockets.target"; unit = "systemd-journald-dev-log.socket"; }
    { target = "sockets.target"; unit = "dbus.socket"; }
    { target = "timers.target"; unit = "systemd-tmpfiles-clean.timer"; }
  ]
  ++ cfg.upstreamWants;
  tmpfilesLine =
    type: path: entry:
    "${type} ${path} ${entry.mode} ${entry.user} ${entry.group} ${entry.age} ${entry.argument}\n";
in
{
  options.systemd = {
    services = systemd.unitsOf "service";
    targets = systemd.unitsOf "target";
    sockets = systemd.unitsOf "socket";
    timers = systemd.unitsOf "timer";
    paths = systemd.unitsOf "path";
    slices = systemd.unitsOf "slice";
    mounts = mkOption {
      type = types.listOf types.attrs;
      default = [ ];
    };
    upstreamUnits = mkOption {
      type = types.listOf types.str;
      internal = true;
      default = [ ];
    };
    upstreamWants = mkOption {
      type = types.listOf types.attrs;
      internal = true;
      default = [ ];
    };
    units = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            enable = mkOption {
              type = types.bool;
              default = true;
            };
            text = mkOption {
              type = types.nullOr types.str;
              default = null;
            };
            wantedBy = mkOption {
              type = types.listOf types.str;
              default = [ ];
            };
            requiredBy = mkOption {
              type = types.listOf types.str;
              default = [ ];
            };
            aliases = mkOption {
              type = types.listOf types.str;
              default = [ ];
            };
          };
        }
      );
      internal = true;
      default = { };
    };
    tmpfiles.rules = mkOption {
      type = types.listOf types.str;
      default = [ ];
    };
    tmpfiles.settings = mkOption {
      type = types.attrsOf (
        types.attrsOf (
          types.attrsOf (
            types.submodule {
              options =
                lib.genAttrs [ "mode" "user" "group" "age" ] (
                  _:
                  mkOption {
                    type = types.str;
                    default = "-";
                  }
                )
                // {
                  argument = mkOption {
                    type = types.str;
                    default = "";
                  };
                };
            }
          )
        )
      );
      default = { };
    };
    settings.Manager = mkOption {
      type = types.attrsOf systemd.unitOption;
      default = { };
    };
  };
  options.services.journald.extraConfig = mkOption {
    type = types.lines;
    default = "";
  };

  config = {
    assertions = [
      {
        assertion = cfg.mounts == [ ];
        message = "the lab's nixpkgs knows no systemd.mounts";
      }
    ];
    # A target that is stopped and started by every switch, for services that must run before sysinit.target.
    systemd.targets.sysinit-reactivation = {
      description = "Reactivate sysinit units";
      unitConfig.X-StopOnReconfiguration = true;
    };
    systemd.units = builtins.listToAttrs (
      map
        (unit: {
          inherit (unit) name;
          value = removeAttrs unit [ "name" ] // {
            enable = unit.text != null;
          };
        })
        (
          systemd.rendered "service" cfg.services
          ++ systemd.rendered "target" cfg.targets
          ++ systemd.rendered "socket" cfg.sockets
          ++ systemd.rendered "timer" cfg.timers
          ++ systemd.rendered "path" cfg.paths
          ++ systemd.rendered "slice" cfg.slices
        )
    );
    systemd.timers = lib.mkMerge (
      lib.mapAttrsToList (
        name: service:
        let
          times = if builtins.isList service.startAt then service.startAt else [ service.startAt ];
        in
        lib.mkIf (service.startAt != [ ] && service.startAt != "") {
          ${name} = {
            wantedBy = [ "timers.target" ];
            timerConfig.OnCalendar = times;
          };
        }
      ) cfg.services
    );
    systemd.tmpfiles.rules = [
      "d /run/lock 0755 root root -"
      "d /var/log 0755 root root -"
      "d /var/log/journal 2755 root systemd-journal -"
      "d /var/lib/nixos 0755 root root -"
      "q /var/tmp 1777 root root 30d"
    ];
    environment.etc = {
      "systemd/system".source = systemd.unitFolder {
        inherit upstreamWants;
        upstream = upstream ++ cfg.upstreamUnits;
        units = lib.mapAttrsToList (name: unit: {
          inherit name;
          inherit (unit) wantedBy requiredBy aliases;
          text = if unit.enable then unit.text else null;
        }) cfg.units;
      };
      "systemd/system.conf".text = "[Manager]\n${
        systemd.lines ({ DefaultTimeoutStopSec = "30s"; ManagerEnvironment = "PATH=/run/current-system/sw/bin"; } // cfg.settings.Manager)
      }";
      "systemd/journald.conf".text = ''
        [Journal]
        Storage=persistent
        RateLimitIntervalSec=30s
        RateLimitBurst=10000
        ${config.services.journald.extraConfig}
      '';
      "tmpfiles.d/00-nixos.conf".text = lib.concatStrings (map (rule: "${rule}\n") cfg.tmpfiles.rules);
    }
    // lib.mapAttrs' (
      name: paths:
      lib.nameValuePair "tmpfiles.d/${name}.conf" {
        text = lib.concatStrings (
          lib.concatLists (
            lib.mapAttrsToList (path: types: lib.mapAttrsToList (type: entry: tmpfilesLine type path entry) types) paths
          )
        );
      }
    ) cfg.tmpfiles.settings;
  };
}
