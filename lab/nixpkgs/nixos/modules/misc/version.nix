# Upstream: nixos/modules/misc/version.nix
{ config, lib, ... }:
let
  cfg = config.system.nixos;
in
{
  options.system = {
    stateVersion = lib.mkOption {
      type = lib.types.str;
      default = cfg.release;
    };
    name = lib.mkOption {
      type = lib.types.str;
      default = if config.networking.hostName == "" then "unnamed" else config.networking.hostName;
    };
    nixos = {
      release = lib.mkOption {
        type = lib.types.str;
        readOnly = true;
        default = "26.05";
      };
      codeName = lib.mkOption {
        type = lib.types.str;
        readOnly = true;
        default = "Yarara";
      };
      version = lib.mkOption {
        type = lib.types.str;
        default = "${cfg.release}.lab";
      };
      label = lib.mkOption {
        type = lib.types.strMatching "[a-zA-Z0-9:_.-]*";
        default = cfg.version;
      };
      distroId = lib.mkOption {
        type = lib.types.str;
        default = "nixos";
      };
      variant_id = lib.mkOption {
        type = lib.types.nullOr lib.types.str;
        default = null;
      };
    };
  };
  config.environment.etc.os-release.text = ''
    ID=${cfg.distroId}
    NAME=NixOS
    PRETTY_NAME="NixOS ${cfg.release} (${cfg.codeName}), the rehearsal lab's stand-in"
    VERSION="${cfg.release} (${cfg.codeName})"
    VERSION_ID="${cfg.release}"
    VERSION_CODENAME=${lib.toLower cfg.codeName}
    BUILD_ID="${cfg.version}"
  ''
  + lib.optionalString (cfg.variant_id != null) "VARIANT_ID=${cfg.variant_id}\n";
}
