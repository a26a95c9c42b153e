# The master: etcd, the API server with its companions, and the CA.
{
  config,
  lib,
  kluster,
  ...
}:
let
  inherit (kluster) machine;
  startWhenCertified = import ./start-when-certified.nix { inherit config lib; };
in
{
  services.kubernetes = {
    # Also makes the address a name in the API server's certificate.
    apiserver.advertiseAddress = machine.nodeAddress;
    # The names by which it is called from outside: the operator's kubeconfig uses one of them.
    apiserver.extraSANs =
      machine.publicAddresses ++ lib.optional (machine.address != machine.nodeAddress) machine.address;
    # They are placed before cfssl's first start (secrets.nix). Where they are missing, cfssl must fail rather than
    # make others: a second CA would cut off every node and every kubeconfig.
    pki.genCfsslCACert = false;
    pki.genCfsslAPIToken = false;
  };

  systemd.services = {
    etcd = startWhenCertified [ "etcd" ];
    kube-apiserver = startWhenCertified [
      "apiServer"
      "apiserverProxyClient"
      "apiserverKubeletClient"
      "apiserverEtcdClient"
      "serviceAccount"
    ];
    kube-controller-manager = startWhenCertified [
      "controllerManager"
      "controllerManagerClient"
      "serviceAccount"
    ];
    kube-scheduler = startWhenCertified [ "schedulerClient" ];
    # Not the administrator's certificate, which it uses as well: certmgr restarts nothing when that one comes.
    kube-addon-manager = startWhenCertified [ "addonManager" ];
  };
}
