# A service of Kubernetes that is started when its certificates are there, and not over and over before.
#
# Without this every one of them crashes until certmgr has got its certificate: a first start takes a minute longer,
# and an activation ends with failed units. certmgr restarts the service with each certificate that it gets, and a
# restart looks at the condition anew; so the one that comes last starts it.
{ config, lib }:
names:
let
  certificates = map (name: config.services.kubernetes.pki.certs.${name}) names;
in
{
  unitConfig = {
    ConditionPathExists = lib.concatMap (certificate: [
      certificate.cert
      certificate.key
    ]) certificates;
    StartLimitIntervalSec = lib.mkForce 0;
  };
  # What is left to wait for, etcd or the API, is there within a second or two; NixOS pauses for 5 to 30.
  serviceConfig.RestartSec = lib.mkForce "1s";
}
