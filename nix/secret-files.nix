# Secrets of the stack's configuration (kluster:secrets) that the user's modules want on a machine, and what every
# activation does so that a secret file belongs to whom it should.
{
  config,
  options,
  lib,
  pkgs,
  kluster,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (kluster) cluster machine;

  secret =
    { name, ... }:
    {
      options = {
        path = mkOption {
          type = types.strMatching "(/[A-Za-z0-9._@+:-]+)+";
          default = "/var/lib/kluster/secrets/${name}";
          description = "Where the secret is found. Other paths than the default are a link to that.";
        };
        owner = mkOption {
          type = types.str;
          default = "root";
          description = "A user of this machine, by name or number; one that this very system brings is all right.";
        };
        group = mkOption {
          type = types.str;
          default = "root";
          description = "A group of this machine, likewise.";
        };
        mode = mkOption {
          type = types.strMatching "0?[0-7]{3}";
          default = "0400";
          description = "Octal, as chmod takes it.";
        };
        restartUnits = mkOption {
          type = types.listOf (
            types.strMatching "[a-zA-Z0-9@%:_.\\-]+[.](service|socket|device|mount|automount|swap|target|path|timer|scope|slice)"
          );
          default = [ ];
          description = "Units that are restarted, where they run, when the secret has changed.";
        };
      };
    };

  files = import ./secrets.nix {
    inherit
      config
      options
      cluster
      machine
      ;
  };
  # Those whose owner is known by number got it when they were placed.
  mustBeGiven = { owner ? "root", group ? "root", ... }: lib.any (name: builtins.match "root|[0-9]+" name == null) [ owner group ];
in
{
  options.kluster.secrets = mkOption {
    type = types.attrsOf (types.submodule secret);
    default = { };
    description = "Secrets of the stack that this machine wants, by their names in kluster:secrets.";
  };

  config.system.activationScripts = lib.mkIf (lib.any mustBeGiven files) {
    kluster-secrets = {
      deps = [
        "users"
        "groups"
      ];
      text = "${pkgs.bash}/bin/bash ${./own-secrets.sh} /var/lib/kluster/secret-files";
    };
  };
}
