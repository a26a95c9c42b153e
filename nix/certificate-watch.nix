# Says in the journal, every day, which certificates are in their last two months: then nobody has run `pulumi up` for long.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  days = 60;
  folder = config.services.kubernetes.secretsPath;
in
{
  systemd.services.kluster-certificates = {
    description = "Looks whether the cluster's certificates end soon";
    startAt = lib.mkDefault "daily";
    script = ''
      for certificate in ${folder}/*.pem; do
        case $certificate in *-key.pem | */service-account.pem) continue ;; esac
        if ! ${pkgs.openssl}/bin/openssl x509 -checkend $((${toString days} * 86400)) -noout -in "$certificate" >/dev/null; then
          # As systemd takes it: a warning.
          echo "<4>kluster: $certificate $(${pkgs.openssl}/bin/openssl x509 -enddate -noout -in "$certificate"): run \`pulumi up\`, which renews it"
        fi
      done
    '';
    serviceConfig.Type = "oneshot";
  };
}
