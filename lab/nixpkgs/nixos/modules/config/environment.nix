# Shell environment, time zone, locale, console: set, but of little effect in a machine without a kernel of its own
# (upstream: nixos/modules/config/{shells-environment,locale,i18n,console}.nix, programs/environment.nix).
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  path = "/run/wrappers/bin:/root/.nix-profile/bin:/nix/var/nix/profiles/default/bin:/run/current-system/sw/bin";
in
{
  options = {
    environment.variables = mkOption {
      type = types.attrsOf (types.nullOr (types.oneOf [ types.str types.path types.int (types.listOf types.str) ]));
      default = { };
    };
    environment.shellAliases = mkOption {
      type = types.attrsOf (types.nullOr (types.either types.str types.path));
      default = { };
    };
    time.timeZone = mkOption {
      type = types.nullOr (types.addCheck types.str (zone: !lib.hasInfix " " zone)) // {
        description = "null or string without spaces";
      };
      default = null;
    };
    i18n.extraLocaleSettings = mkOption {
      type = types.attrsOf types.str;
      default = { };
    };
    i18n.defaultLocale = mkOption {
      type = types.str;
      default = "en_US.UTF-8";
    };
    console.keyMap = mkOption {
      type = types.either types.str types.path;
      default = "us";
    };
    console.font = mkOption {
      type = types.nullOr (types.either types.str types.path);
      default = null;
    };
  };
  config.environment.etc = {
    profile.text = ''
      export PATH=${path}
      ${lib.concatStrings (
        lib.mapAttrsToList (
          name: value:
          "export ${name}=${lib.escapeShellArg (if builtins.isList value then lib.concatStringsSep ":" value else toString value)}\n"
        ) (lib.filterAttrs (_: value: value != null) config.environment.variables)
      )}
      ${lib.concatStrings (
        lib.mapAttrsToList (name: value: "alias ${name}=${lib.escapeShellArg (toString value)}\n") (
          lib.filterAttrs (_: value: value != null) config.environment.shellAliases
        )
      )}
    '';
    "bashrc".text = ". /etc/profile\n";
    "locale.conf".text =
      "LANG=${config.i18n.defaultLocale}\n"
      + lib.concatStrings (lib.mapAttrsToList (name: value: "${name}=${value}\n") config.i18n.extraLocaleSettings);
    "vconsole.conf".text =
      "KEYMAP=${toString config.console.keyMap}\n"
      + lib.optionalString (config.console.font != null) "FONT=${toString config.console.font}\n";
    "ld.so.conf".text = "";
    "shells".text = "/run/current-system/sw/bin/bash\n/run/current-system/sw/bin/sh\n/bin/sh\n";
  }
  // lib.optionalAttrs (config.time.timeZone != null) {
    localtime.source = "/usr/share/zoneinfo/${config.time.timeZone}";
  };
}
