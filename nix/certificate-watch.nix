# Says every day which certificates are in their last two months, in the journal and by an event of the node: then nobody
# has run `pulumi up` for long.
{
  config,
  lib,
  pkgs,
  kluster,
  ...
}:
let
  days = 60;
  top = config.services.kubernetes;
  inherit (kluster) machine;

  # As the machine's kubelet, who may write events.
  kubeconfig = top.lib.mkKubeConfig "kluster-certificates" {
    server = top.apiserverAddress;
    certFile = top.pki.certs.kubeletClient.cert;
    keyFile = top.pki.certs.kubeletClient.key;
  };
  event = pkgs.writeText "kluster-certificate-ends.json" (
    builtins.toJSON {
      apiVersion = "v1";
      kind = "Event";
      metadata = {
        generateName = "${machine.name}.certificate.";
        namespace = "default";
      };
      involvedObject = {
        apiVersion = "v1";
        kind = "Node";
        name = machine.name;
        uid = machine.name; # as kubelets name themselves in their own
      };
      type = "Warning";
      reason = "CertificateEnds";
      message = "@message@";
      source = {
        component = "kluster";
        host = machine.name;
      };
      firstTimestamp = "@now@";
      lastTimestamp = "@now@";
      count = 1;
    }
  );
in
{
  systemd.services.kluster-certificates = {
    description = "Looks whether the cluster's certificates end soon";
    startAt = lib.mkDefault "daily";
    script = ''
      ending=
      for certificate in ${top.secretsPath}/*.pem; do
        case $certificate in *-key.pem | */service-account.pem) continue ;; esac
        if ! ${pkgs.openssl}/bin/openssl x509 -checkend $((${toString days} * 86400)) -noout -in "$certificate" >/dev/null; then
          # As systemd takes it: a warning.
          echo "<4>kluster: $certificate $(${pkgs.openssl}/bin/openssl x509 -enddate -noout -in "$certificate"): run \`pulumi up\`, which renews it"
          name=''${certificate##*/}
          ending="$ending ''${name%.pem}"
        fi
      done
      [ -n "$ending" ] || exit 0
      # The journal has it in any case: without an API there are no events.
      sed -e "s|@message@|These certificates end within ${toString days} days:$ending. Run pulumi up, which renews them.|" \
        -e "s|@now@|$(date -u +%Y-%m-%dT%H:%M:%SZ)|g" ${event} |
        ${pkgs.kubectl}/bin/kubectl --kubeconfig ${kubeconfig} --request-timeout=30s create -f - >/dev/null ||
        echo "<4>kluster: the API did not take an event about that"
    '';
    serviceConfig.Type = "oneshot";
  };
}
