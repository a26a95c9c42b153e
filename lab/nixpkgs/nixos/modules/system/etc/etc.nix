# environment.etc (upstream: nixos/modules/system/etc/etc.nix): a tree of links in the store, and a list that tells
# the activation script what to link and what to copy.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  entries = lib.filter (entry: entry.enable) (lib.attrValues config.environment.etc);
  entryModule =
    { name, config, options, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
        };
        target = mkOption {
          type = types.str;
          default = name;
        };
        text = mkOption {
          type = types.nullOr types.lines;
          default = null;
        };
        source = mkOption { type = types.path; };
        mode = mkOption {
          type = types.str;
          default = "symlink";
        };
        user = mkOption {
          type = types.str;
          default = "+0";
        };
        group = mkOption {
          type = types.str;
          default = "+0";
        };
      };
      config.source = lib.mkIf (config.text != null) (
        lib.mkDefault (pkgs.writeText ("etc-" + baseNameOf name) config.text)
      );
    };
in
{
  options.environment.etc = mkOption {
    type = types.attrsOf (types.submodule entryModule);
    default = { };
  };
  config.system.build.etc = pkgs.runCommand "etc" { } ''
    mkdir -p $out/etc
    cd $out/etc
    mkdir -p ${lib.concatMapStringsSep " " pkgs.quote (lib.unique (map (entry: dirOf entry.target) entries))}
    ${lib.concatMapStrings (
      entry: "ln -s ${toString entry.source} ${pkgs.quote entry.target}\n"
    ) entries}
    printf '%s\t%s\t%s\t%s\n' ${
      lib.concatMapStringsSep " " (
        entry: "${entry.mode} ${entry.user} ${entry.group} ${pkgs.quote entry.target}"
      ) entries
    } > $out/manifest
  '';
}
