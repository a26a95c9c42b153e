# Upstream (nixos/modules/services/cluster/kubernetes/pki.nix) this is easyCerts: a CA with an API on the master, and a client
# on every machine that gets and renews its certificates from it. What is here is the list of certificates that all modules
# add to; nobody signs them.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.services.kubernetes.pki = {
    enable = lib.mkEnableOption "easyCert issuer service";
    certs = mkOption {
      type = types.attrs;
      default = { };
    };
    etcClusterAdminKubeconfig = mkOption {
      type = types.nullOr types.str;
      default = null;
    };
  };
  config.assertions = [
    {
      assertion = !config.services.kubernetes.pki.enable;
      message = "the lab's stand-in for nixpkgs has neither cfssl nor certmgr: services.kubernetes.easyCerts cannot be used";
    }
  ];
}
