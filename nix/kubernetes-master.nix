# The master: etcd, and the API server with its companions.
{ lib, kluster, ... }:
let
  inherit (kluster) machine;
in
{
  services.kubernetes.apiserver = {
    # Also makes the address a name in the API server's certificate.
    advertiseAddress = machine.nodeAddress;
    # The names by which it is called from outside: the operator's kubeconfig uses one of them.
    extraSANs = machine.publicAddresses ++ lib.optional (machine.address != machine.nodeAddress) machine.address;
    # Told to end, it otherwise waits a minute for watches, which every component has open and which never end by
    # themselves (kubernetes #131052): so long the API would be away at each restart. With this it waits for other requests
    # and then two seconds.
    extraOpts = "--shutdown-send-retry-after=true";
  };

  systemd.services.kube-apiserver = {
    # And so ends before it: without etcd the API server does not come to its end, as it has something to write then.
    after = [ "etcd.service" ];
    # Where etcd is gone for another reason.
    serviceConfig.TimeoutStopSec = "30s";
  };
}
