# Upstream: nixos/modules/services/networking/ssh/sshd.nix. The daemon is Debian's, with PAM as there; of
# nixos/modules/security/pam.nix, the message of the day.
{ config, lib, options, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.openssh;
  atom = types.nullOr (types.oneOf [ types.bool types.int types.str (types.listOf types.str) ]);
  flag =
    default:
    mkOption {
      type = types.bool;
      inherit default;
    };
  nullFlag =
    default:
    mkOption {
      type = types.nullOr types.bool;
      inherit default;
    };
  names = mkOption {
    type = types.nullOr (types.listOf types.str);
    default = null;
  };
  # Of a service that is there all the time, or of one for each connection.
  daemon = {
    after = [ "network.target" "sshd-keygen.service" ];
    wants = [ "sshd-keygen.service" ];
    stopIfChanged = false;
    path = [ pkgs.openssh ];
  };
  runtime = {
    KillMode = "process";
    RuntimeDirectory = "sshd";
    RuntimeDirectoryPreserve = true;
  };
  rootLogins = [ "yes" "without-password" "prohibit-password" "forced-commands-only" "no" ];
  old = options.services.openssh.permitRootLogin;
  userOptions = {
    options.openssh.authorizedKeys = {
      keys = mkOption {
        type = types.listOf types.singleLineStr;
        default = [ ];
      };
      keyFiles = mkOption {
        type = types.listOf types.path;
        default = [ ];
      };
    };
  };
  withKeys = lib.filter (
    user: user.openssh.authorizedKeys.keys != [ ] || user.openssh.authorizedKeys.keyFiles != [ ]
  ) (lib.attrValues config.users.users);
  value =
    v:
    if v == true then
      "yes"
    else if v == false then
      "no"
    else if builtins.isList v then
      lib.concatStringsSep " " v
    else
      toString v;
in
{
  # The old name, as upstream still takes it.
  options.services.openssh.permitRootLogin = mkOption {
    type = types.nullOr (types.enum rootLogins);
    visible = false;
  };
  options.users.users = mkOption { type = types.attrsOf (types.submodule userOptions); };
  options.users.motd = mkOption {
    type = types.lines;
    default = "";
  };
  options.services.openssh = {
    enable = flag false;
    openFirewall = flag true;
    startWhenNeeded = flag false;
    ports = mkOption {
      type = types.listOf types.port;
      default = [ 22 ];
    };
    hostKeys = mkOption {
      type = types.listOf types.attrs;
      default = [
        {
          type = "rsa";
          bits = 4096;
          path = "/etc/ssh/ssh_host_rsa_key";
        }
        {
          type = "ed25519";
          path = "/etc/ssh/ssh_host_ed25519_key";
        }
      ];
    };
    authorizedKeysFiles = mkOption {
      type = types.listOf types.str;
      default = [ ];
    };
    authorizedKeysInHomedir = flag true;
    listenAddresses = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            addr = mkOption {
              type = types.nullOr types.str;
              default = null;
            };
            port = mkOption {
              type = types.nullOr types.port;
              default = null;
            };
          };
        }
      );
      default = [ ];
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
    };
    settings = mkOption {
      default = { };
      type = types.submodule {
        freeformType = types.attrsOf atom;
        options = {
          PermitRootLogin = mkOption {
            type = types.nullOr (types.enum rootLogins);
            default = "prohibit-password";
          };
          PasswordAuthentication = nullFlag true;
          KbdInteractiveAuthentication = nullFlag true;
          AllowGroups = names;
          AllowUsers = names;
          DenyGroups = names;
          DenyUsers = names;
          PrintMotd = nullFlag false;
          StrictModes = nullFlag true;
          X11Forwarding = nullFlag false;
          UseDns = nullFlag false;
          UsePAM = nullFlag true;
        };
      };
    };
  };
  config = lib.mkMerge [
    (lib.mkIf old.isDefined {
      services.openssh.settings.PermitRootLogin = cfg.permitRootLogin;
      warnings = [ "The option `services.openssh.permitRootLogin' has been renamed to `services.openssh.settings.PermitRootLogin'." ];
    })
    (lib.mkIf cfg.enable {
      users.users.sshd = {
        isSystemUser = true;
        group = "sshd";
        description = "SSH privilege separation user";
      };
      users.groups.sshd = { };
      assertions = map (listen: {
        assertion = listen.addr != null;
        message = "addr must be specified in each listenAddresses entry";
      }) cfg.listenAddresses;
      services.openssh.authorizedKeysFiles =
        lib.optional cfg.authorizedKeysInHomedir "%h/.ssh/authorized_keys" ++ [ "/etc/ssh/authorized_keys.d/%u" ];
      services.openssh.extraConfig = lib.mkOrder 0 (
        lib.concatStringsSep "\n" (
          [ "AddressFamily ${if config.networking.enableIPv6 then "any" else "inet"}" ]
          ++ map (port: "Port ${toString port}") cfg.ports
          ++ map (
            { addr, port, ... }: "ListenAddress ${toString addr}${lib.optionalString (port != null) (":" + toString port)}"
          ) cfg.listenAddresses
          ++ [ "AuthorizedKeysFile ${toString cfg.authorizedKeysFiles}" ]
          ++ map (key: "HostKey ${key.path}") cfg.hostKeys
        )
      );
      networking.firewall.allowedTCPPorts = lib.optionals cfg.openFirewall cfg.ports;
      environment.etc = {
        "ssh/sshd_config".source = pkgs.writeText "sshd.conf-final" (
          # On NixOS this PATH is built into its sshd and bash.
          "SetEnv PATH=/run/wrappers/bin:/root/.nix-profile/bin:/nix/var/nix/profiles/default/bin:/run/current-system/sw/bin\n"
          + "PidFile none\nSubsystem sftp /usr/lib/openssh/sftp-server\n"
          # "OpenSSH takes the first value": NixOS's settings come before the text.
          + lib.concatStrings (
            lib.mapAttrsToList (key: v: "${key} ${value v}\n") (lib.filterAttrs (_: v: v != null) cfg.settings)
          )
          + cfg.extraConfig
        );
        "pam.d/sshd".text = ''
          account required pam_unix.so
          auth sufficient pam_unix.so try_first_pass
          auth required pam_deny.so
          password sufficient pam_unix.so nullok yescrypt
          session required pam_unix.so
          session required pam_limits.so
        ''
        + lib.optionalString (
          config.users.motd != ""
        ) "session optional pam_motd.so motd=${pkgs.writeText "motd" config.users.motd}\n";
        "pam.d/other".text = ''
          auth required pam_deny.so
          account required pam_deny.so
          password required pam_deny.so
          session required pam_deny.so
        '';
        "security/limits.conf".text = "";
      }
      // builtins.listToAttrs (
        map (user: {
          name = "ssh/authorized_keys.d/${user.name}";
          value = {
            mode = "0444";
            text = lib.concatMapStrings (key: "${key}\n") (
              user.openssh.authorizedKeys.keys ++ map builtins.readFile user.openssh.authorizedKeys.keyFiles
            );
          };
        }) withKeys
      );
      systemd.services.sshd-keygen = {
        description = "SSH Host Keys Generation";
        wantedBy = [ "multi-user.target" ];
        before = [ "sshd.service" ];
        unitConfig.ConditionFileNotEmpty = map (key: "|!${key.path}") cfg.hostKeys;
        path = [ pkgs.openssh ];
        serviceConfig.Type = "oneshot";
        script = lib.concatMapStrings (key: ''
          if ! [ -s "${key.path}" ]; then
            if ! [ -h "${key.path}" ]; then rm -f "${key.path}"; fi
            mkdir -p "$(dirname '${key.path}')"
            ssh-keygen -q -t "${key.type}" ${lib.optionalString (key ? bits) "-b ${toString key.bits}"} -f "${key.path}" -N ""
          fi
        '') cfg.hostKeys;
      };
      systemd.services.sshd = lib.mkIf (!cfg.startWhenNeeded) (
        daemon
        // {
          description = "SSH Daemon";
          wantedBy = [ "multi-user.target" ];
          restartTriggers = [ config.environment.etc."ssh/sshd_config".source ];
          serviceConfig = runtime // {
            Type = "notify";
            Restart = "always";
            ExecStart = "/usr/sbin/sshd -D -f /etc/ssh/sshd_config";
          };
        }
      );
      systemd.services."sshd@" = daemon // {
        description = "SSH per-connection Daemon";
        serviceConfig = runtime // {
          ExecStart = "-/usr/sbin/sshd -i -D -f /etc/ssh/sshd_config";
          StandardInput = "socket";
          StandardError = "journal";
        };
      };
      systemd.sockets.sshd = lib.mkIf cfg.startWhenNeeded {
        description = "SSH Socket";
        wantedBy = [ "sockets.target" ];
        listenStreams =
          if cfg.listenAddresses != [ ] then
            lib.concatMap (
              { addr, port, ... }: map (p: "${toString addr}:${toString p}") (if port != null then [ port ] else cfg.ports)
            ) cfg.listenAddresses
          else
            map toString cfg.ports;
        socketConfig.Accept = true;
        socketConfig.TriggerLimitIntervalSec = 0;
      };
    })
  ];
}
