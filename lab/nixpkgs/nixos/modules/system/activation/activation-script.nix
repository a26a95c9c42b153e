# The activate program (upstream: nixos/modules/system/activation/activation-script.nix and system/etc/setup-etc.pl).
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  snippet = types.either types.str (
    types.submodule {
      options = {
        text = mkOption {
          type = types.lines;
          default = "";
        };
        deps = mkOption {
          type = types.listOf types.str;
          default = [ ];
        };
        supportsDryActivation = mkOption {
          type = types.bool;
          default = false;
        };
      };
    }
  );
  scripts = lib.mapAttrs (
    _: value: if builtins.isString value then { deps = [ ]; text = value; supportsDryActivation = false; } else value
  ) config.system.activationScripts;
  # Each after those it depends on, else in the order of names.
  ordered =
    let
      visit =
        done: name:
        if lib.elem name done then
          done
        else
          builtins.foldl' visit done (
            scripts.${name} or (throw "system.activationScripts: ‘${name}’ is depended on but not there")
          ).deps
          ++ [ name ];
    in
    builtins.foldl' visit [ ] (builtins.attrNames scripts);
  script =
    title: names:
    pkgs.writeShellScript title ''
      systemConfig=''${1:-''${0%/*}}
      export PATH=${lib.concatMapStringsSep ":" (p: "${p}/bin") [ pkgs.coreutils pkgs.findutils pkgs.gnugrep pkgs.util-linux pkgs.hostname pkgs.diffutils ]}
      umask 0022
      _status=0
      trap "_status=1 _localstatus=\$?" ERR
      ${lib.concatMapStrings (name: ''
        #### Activation script snippet ${name}:
        _localstatus=0
        ${scripts.${name}.text}
        if (( _localstatus > 0 )); then
          printf "Activation script snippet '%s' failed (%s)\n" ${name} "$_localstatus" >&2
        fi
      '') names}
      ${lib.optionalString (title == "activate") ''
        # Make this configuration the current configuration. The readlink is there to ensure that when
        # $systemConfig = /system (which is a symlink to the store), /run/current-system is still used as a garbage
        # collection root.
        ln -sfn "$(readlink -f "$systemConfig")" /run/current-system
      ''}
      exit $_status
    '';
in
{
  options.system.activationScripts = mkOption {
    type = types.attrsOf snippet;
    default = { };
  };
  config = {
    system.build.activate = script "activate" ordered;
    system.build.dryActivate = script "dry-activate" (
      lib.filter (name: scripts.${name}.supportsDryActivation) ordered
    );
    system.activationScripts = {
      specialfs.text = ''
        mkdir -p -m 0755 /run/wrappers/bin /run/nixos /var/empty /var/log/journal /var/lib /etc /root /home /opt /srv
        mkdir -p -m 0755 /nix/var/nix/gcroots /nix/var/nix/profiles
        mkdir -p -m 1777 /var/tmp
        chmod 0700 /root
        ln -sfn /run/current-system /nix/var/nix/gcroots/current-system
      '';
      users.deps = [ "specialfs" ];
      groups.deps = [ "users" ];
      etc = {
        deps = [ "users" "groups" ];
        text = ''
          . ${./setup-etc.sh}
          setupEtc ${config.system.build.etc}
          touch /etc/NIXOS
        '';
      };
      hostname = {
        deps = [ "etc" ];
        text = lib.optionalString (config.networking.hostName != "") ''
          hostname ${lib.escapeShellArg config.networking.hostName} || true
        '';
      };
      # Root's keys and host keys are files of the machine and stay; only what is not safe is put right.
      var = {
        deps = [ "etc" ];
        text = ''
          for key in /etc/ssh/ssh_host_*_key; do
            if [ -e "$key" ]; then chmod 0600 "$key"; fi
          done
        '';
      };
    };
  };
}
