# The roots that programs trust (upstream: nixos/modules/security/ca.nix). There is no internet here: the only one is a
# certificate whose key was never kept, because some programs end where there are none at all.
{ config, lib, pkgs, ... }:
let
  bundle = pkgs.writeText "ca-bundle.crt" (
    lib.concatStringsSep "\n" ([ (builtins.readFile ../../../pkgs/cacert.pem) ] ++ config.security.pki.certificates)
  );
in
{
  options.security.pki.certificates = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    default = [ ];
  };
  config.environment.etc = {
    "ssl/certs/ca-certificates.crt".source = bundle;
    "ssl/certs/ca-bundle.crt".source = bundle;
    "pki/tls/certs/ca-bundle.crt".source = bundle;
  };
}
