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
  };
}
