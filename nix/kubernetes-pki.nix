# Which certificate is used where: what NixOS's own pki module sets with easyCerts
# (nixos/modules/services/cluster/kubernetes/pki.nix), for certificates that the program signs and places. No machine can
# sign anything; there are three authorities, so that what etcd or the API server's front proxy trust is no way in for
# anybody else.
{
  config,
  lib,
  kluster,
  ...
}:
let
  inherit (lib) mkDefault mkIf;
  inherit (kluster) machine;
  isMaster = lib.elem "master" machine.roles;
  top = config.services.kubernetes;
  inherit (top.pki) certs;
  file = name: "${top.secretsPath}/${name}";

  kubeconfig =
    name: cert:
    top.lib.mkKubeConfig name {
      server = top.apiserverAddress;
      certFile = cert.cert;
      keyFile = cert.key;
    };
  login = cert: {
    certFile = mkDefault cert.cert;
    keyFile = mkDefault cert.key;
  };

  # What is left to wait for, etcd or the API, is there within a second or two; NixOS pauses for 5 to 30.
  soonAgain.serviceConfig.RestartSec = lib.mkForce "1s";
in
{
  services.kubernetes = {
    easyCerts = false;
    # Root's alone: whoever owns a folder can put other files into the place of these. All of NixOS's paths follow.
    secretsPath = "/var/lib/kluster/kubernetes";
    caFile = file "ca.pem";

    apiserver = mkIf top.apiserver.enable {
      etcd = {
        servers = [ "https://etcd.local:2379" ];
        certFile = mkDefault certs.apiserverEtcdClient.cert;
        keyFile = mkDefault certs.apiserverEtcdClient.key;
        caFile = mkDefault (file "etcd-ca.pem");
      };
      tlsCertFile = mkDefault certs.apiServer.cert;
      tlsKeyFile = mkDefault certs.apiServer.key;
      kubeletClientCertFile = mkDefault certs.apiserverKubeletClient.cert;
      kubeletClientKeyFile = mkDefault certs.apiserverKubeletClient.key;
      proxyClientCertFile = mkDefault certs.apiserverProxyClient.cert;
      proxyClientKeyFile = mkDefault certs.apiserverProxyClient.key;
      serviceAccountKeyFile = mkDefault "/run/kubernetes/service-account-keys.pem";
      serviceAccountSigningKeyFile = mkDefault (file "service-account-key.pem");
      # Whom servers behind the API server, such as metrics-server, take for it. NixOS has no options for that.
      extraOpts = lib.concatStringsSep " " [
        "--requestheader-client-ca-file=${file "front-proxy-ca.pem"}"
        "--requestheader-allowed-names=front-proxy-client"
        "--requestheader-username-headers=X-Remote-User"
        "--requestheader-group-headers=X-Remote-Group"
        "--requestheader-extra-headers-prefix=X-Remote-Extra-"
      ];
    };
    controllerManager = mkIf top.controllerManager.enable {
      serviceAccountKeyFile = mkDefault (file "service-account-key.pem");
      kubeconfig = login certs.controllerManagerClient;
    };
    scheduler = mkIf top.scheduler.enable { kubeconfig = login certs.schedulerClient; };
    kubelet = mkIf top.kubelet.enable {
      tlsCertFile = mkDefault certs.kubelet.cert;
      tlsKeyFile = mkDefault certs.kubelet.key;
      kubeconfig = login certs.kubeletClient;
    };
    proxy = mkIf top.proxy.enable { kubeconfig = login certs.kubeProxyClient; };
  };
  services.flannel = mkIf top.flannel.enable { kubeconfig = kubeconfig "flannel" certs.flannelClient; };

  # One etcd, on the master, for the API server there and for nobody else.
  services.etcd = mkIf isMaster {
    listenClientUrls = [ "https://127.0.0.1:2379" ];
    listenPeerUrls = [ "https://127.0.0.1:2380" ];
    advertiseClientUrls = [ "https://etcd.local:2379" ];
    initialCluster = [ "${top.masterAddress}=https://etcd.local:2380" ];
    initialAdvertisePeerUrls = [ "https://etcd.local:2380" ];
    certFile = mkDefault certs.etcd.cert;
    keyFile = mkDefault certs.etcd.key;
    trustedCaFile = mkDefault (file "etcd-ca.pem");
  };
  networking.extraHosts = mkIf isMaster ''
    127.0.0.1 etcd.local
  '';

  # For the program: components/access-rules.ts has what it may do.
  environment.etc = mkIf isMaster {
    "kubernetes/kluster.kubeconfig".source = top.lib.mkKubeConfig "kluster" {
      server = top.apiserverAddress;
      certFile = file "kluster.pem";
      keyFile = file "kluster-key.pem";
    };
  };

  systemd.services = {
    etcd = mkIf isMaster soonAgain;
    kube-apiserver = mkIf top.apiserver.enable (
      soonAgain
      // {
        # Tokens that easyCerts' key has signed, on a cluster that was made with it, are good until they end.
        preStart = ''
          old=/var/lib/kubernetes/secrets/service-account.pem
          if [ ! -r "$old" ]; then old=; fi
          cat ${file "service-account.pem"} $old >/run/kubernetes/service-account-keys.pem
        '';
      }
    );
    kube-controller-manager = mkIf top.controllerManager.enable soonAgain;
    kube-scheduler = mkIf top.scheduler.enable soonAgain;
    kube-addon-manager = mkIf top.addonManager.enable (
      soonAgain // { environment.KUBECONFIG = kubeconfig "addon-manager" certs.addonManager; }
    );
    kubelet = mkIf top.kubelet.enable soonAgain;
    kube-proxy = mkIf top.proxy.enable soonAgain;
    flannel = mkIf top.flannel.enable soonAgain;
  };

  # What easyCerts has made on a cluster of before; at the next boot, when nothing goes back to it any more.
  systemd.tmpfiles.rules = [
    "R! /var/lib/cfssl - - - - -"
    "R! /var/lib/kubernetes/secrets - - - - -"
  ];
}
