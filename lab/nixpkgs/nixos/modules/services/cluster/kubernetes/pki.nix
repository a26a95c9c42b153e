# easyCerts (upstream: nixos/modules/services/cluster/kubernetes/pki.nix): a CA with an API on the master, and a client
# on every machine that gets and renews its certificates from it.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption mkDefault mkIf types;
  top = config.services.kubernetes;
  cfg = top.pki;
  cfssl = config.services.cfssl;
  tokenLength = 32;
  masterToken = "${cfssl.dataDir}/apitoken.secret";
  nodeToken = "${top.secretsPath}/apitoken.secret";
  remote = "https://${top.masterAddress}:${toString cfssl.port}";
  rsa = {
    algo = "rsa";
    size = 2048;
  };
  csrCA = pkgs.writeText "kube-pki-cacert-csr.json" (builtins.toJSON { key = rsa; names = [ cfg.caSpec ]; });
  csrCfssl = pkgs.writeText "kube-pki-cfssl-csr.json" (
    builtins.toJSON {
      key = rsa;
      CN = top.masterAddress;
      hosts = [ top.masterAddress ] ++ cfg.cfsslAPIExtraSANs;
    }
  );
  kubeconfigFor =
    name: cert:
    top.lib.mkKubeConfig name {
      server = top.apiserverAddress;
      certFile = cert.cert;
      keyFile = cert.key;
    };
  clusterAdminKubeconfig = kubeconfigFor "cluster-admin" cfg.certs.clusterAdmin;
  flag = mkOption {
    type = types.bool;
    default = true;
  };
  nodeJoin = pkgs.writeScriptBin "nixos-kubernetes-node-join" ''
    set -e
    exec 1>&2

    if [ $# -gt 0 ]; then
      echo "Usage: $(basename $0)"
      echo ""
      echo "No args. Apitoken must be provided on stdin."
      echo "To get the apitoken, execute: 'sudo cat ${nodeToken}' on the master node."
      exit 1
    fi
    if [ $(id -u) != 0 ]; then
      echo "Run as root please."
      exit 1
    fi
    read -r token
    if [ ''${#token} != ${toString tokenLength} ]; then
      echo "Token must be of length ${toString tokenLength}."
      exit 1
    fi
    install -m 0600 <(echo $token) ${nodeToken}

    echo "Restarting certmgr..."
    systemctl restart certmgr
    echo "Waiting for certs to appear..."
    ${lib.concatMapStrings (wait: ''
      while [ ! -f ${wait.cert.cert} ]; do sleep 1; done
      echo "Restarting ${wait.unit}..."
      systemctl restart ${wait.unit}
    '') (
      lib.optional top.kubelet.enable { unit = "kubelet"; cert = cfg.certs.kubelet; }
      ++ lib.optional top.proxy.enable { unit = "kube-proxy"; cert = cfg.certs.kubeProxyClient; }
      ++ lib.optional top.flannel.enable { unit = "flannel"; cert = cfg.certs.flannelClient; }
    )}
    echo "Node joined successfully"
  '';
in
{
  options.services.kubernetes.pki = {
    enable = lib.mkEnableOption "easyCert issuer service";
    certs = mkOption {
      type = types.attrs;
      default = { };
    };
    genCfsslCACert = flag;
    genCfsslAPICerts = flag;
    genCfsslAPIToken = flag;
    pkiTrustOnBootstrap = flag;
    cfsslAPIExtraSANs = mkOption {
      type = types.listOf types.str;
      default = [ ];
    };
    caCertPathPrefix = mkOption {
      type = types.str;
      default = "${cfssl.dataDir}/ca";
    };
    caSpec = mkOption {
      type = types.attrs;
      default = {
        CN = "kubernetes-cluster-ca";
        O = "NixOS";
        OU = "services.kubernetes.pki.caSpec";
        L = "auto-generated";
      };
    };
    etcClusterAdminKubeconfig = mkOption {
      type = types.nullOr types.str;
      default = null;
    };
  };
  config = mkIf cfg.enable {
    services.cfssl = mkIf top.apiserver.enable {
      enable = true;
      address = "0.0.0.0";
      tlsCert = "${cfssl.dataDir}/cfssl.pem";
      tlsKey = "${cfssl.dataDir}/cfssl-key.pem";
      configFile = toString (
        pkgs.writeText "cfssl-config.json" (
          builtins.toJSON {
            signing.profiles.default = {
              usages = [ "digital signature" ];
              auth_key = "default";
              expiry = "720h";
            };
            auth_keys.default = {
              type = "standard";
              key = "file:${masterToken}";
            };
          }
        )
      );
    };
    systemd.services.cfssl.preStart = mkIf top.apiserver.enable (
      lib.optionalString cfg.genCfsslCACert ''
        if [ ! -f "${cfg.caCertPathPrefix}.pem" ]; then
          ${pkgs.cfssl}/bin/cfssl genkey -initca ${csrCA} | ${pkgs.cfssl}/bin/cfssljson -bare ${cfg.caCertPathPrefix}
        fi
      ''
      + lib.optionalString cfg.genCfsslAPICerts ''
        if [ ! -f "${cfssl.dataDir}/cfssl.pem" ]; then
          ${pkgs.cfssl}/bin/cfssl gencert -ca "${cfg.caCertPathPrefix}.pem" -ca-key "${cfg.caCertPathPrefix}-key.pem" ${csrCfssl} | \
            ${pkgs.cfssl}/bin/cfssljson -bare ${cfssl.dataDir}/cfssl
        fi
      ''
      + lib.optionalString cfg.genCfsslAPIToken ''
        if [ ! -f "${masterToken}" ]; then
          install -o cfssl -m 400 <(head -c ${toString (tokenLength / 2)} /dev/urandom | od -An -t x | tr -d ' ') "${masterToken}"
        fi
      ''
    );
    systemd.services.kube-certmgr-bootstrap = {
      description = "Kubernetes certmgr bootstrapper";
      wantedBy = [ "certmgr.service" ];
      # There is no such target, upstream neither.
      after = [ "cfssl.target" ];
      script =
        ''
          # With the issuer on this machine the token need not be brought by hand.
          mkdir -p "$(dirname ${nodeToken})"
          if [ -f "${masterToken}" ]; then
            ln -fs "${masterToken}" "${nodeToken}"
          elif [ ! -f "${nodeToken}" ]; then
            install -m 600 /dev/null "${nodeToken}"
          fi
        ''
        + lib.optionalString cfg.pkiTrustOnBootstrap ''
          if [ ! -f "${top.caFile}" ] || [ $(cat "${top.caFile}" | wc -c) -lt 1 ]; then
            ${pkgs.curl}/bin/curl --fail-early -f -kd '{}' ${remote}/api/v1/cfssl/info | \
              ${pkgs.cfssl}/bin/cfssljson -stdout >${top.caFile}
          fi
        '';
      serviceConfig = {
        RestartSec = "10s";
        Restart = "on-failure";
      };
    };
    services.certmgr = {
      enable = true;
      package = pkgs.certmgr;
      svcManager = "command";
      specs = lib.mapAttrs (_: cert: {
        inherit (cert) action;
        authority = {
          inherit remote;
          root_ca = cert.caCert;
          profile = "default";
          auth_key_file = nodeToken;
        };
        certificate.path = cert.cert;
        private_key = cert.privateKeyOptions;
        request = {
          hosts = [ cert.CN ] ++ cert.hosts;
          inherit (cert) CN;
          key = rsa;
          names = [ cert.fields ];
        };
      }) cfg.certs;
    };
    systemd.services.kube-addon-manager = mkIf top.addonManager.enable {
      environment.KUBECONFIG = kubeconfigFor "addon-manager" cfg.certs.addonManager;
      serviceConfig.PermissionsStartOnly = true;
      preStart = lib.optionalString (top.addonManager.bootstrapAddons != { }) ''
        export KUBECONFIG=${clusterAdminKubeconfig}
        ${top.package}/bin/kubectl apply -f ${
          pkgs.linkFarm "kube-bootstrap-addons" (
            lib.mapAttrs' (
              name: addon: lib.nameValuePair "${name}.json" (pkgs.writeText "${name}.json" (builtins.toJSON addon))
            ) top.addonManager.bootstrapAddons
          )
        }
      '';
    };
    environment.etc = mkIf (cfg.etcClusterAdminKubeconfig != null) {
      ${cfg.etcClusterAdminKubeconfig}.source = clusterAdminKubeconfig;
    };
    environment.systemPackages = lib.optional (top.kubelet.enable || top.proxy.enable) nodeJoin;
    # One etcd, on the master, for the master only.
    services.etcd = mkIf top.apiserver.enable {
      listenClientUrls = [ "https://127.0.0.1:2379" ];
      listenPeerUrls = [ "https://127.0.0.1:2380" ];
      advertiseClientUrls = [ "https://etcd.local:2379" ];
      initialCluster = [ "${top.masterAddress}=https://etcd.local:2380" ];
      initialAdvertisePeerUrls = [ "https://etcd.local:2380" ];
      certFile = mkDefault cfg.certs.etcd.cert;
      keyFile = mkDefault cfg.certs.etcd.key;
      trustedCaFile = mkDefault cfg.certs.etcd.caCert;
    };
    networking.extraHosts = mkIf config.services.etcd.enable ''
      127.0.0.1 etcd.${top.addons.dns.clusterDomain} etcd.local
    '';
    services.flannel.kubeconfig = mkIf top.flannel.enable (kubeconfigFor "flannel" cfg.certs.flannelClient);
    services.kubernetes = {
      apiserver = mkIf top.apiserver.enable {
        etcd = {
          servers = [ "https://etcd.local:2379" ];
          certFile = mkDefault cfg.certs.apiserverEtcdClient.cert;
          keyFile = mkDefault cfg.certs.apiserverEtcdClient.key;
          caFile = mkDefault cfg.certs.apiserverEtcdClient.caCert;
        };
        clientCaFile = mkDefault cfg.certs.apiServer.caCert;
        tlsCertFile = mkDefault cfg.certs.apiServer.cert;
        tlsKeyFile = mkDefault cfg.certs.apiServer.key;
        serviceAccountKeyFile = mkDefault cfg.certs.serviceAccount.cert;
        serviceAccountSigningKeyFile = mkDefault cfg.certs.serviceAccount.key;
        kubeletClientCaFile = mkDefault cfg.certs.apiServer.caCert;
        kubeletClientCertFile = mkDefault cfg.certs.apiserverKubeletClient.cert;
        kubeletClientKeyFile = mkDefault cfg.certs.apiserverKubeletClient.key;
        proxyClientCertFile = mkDefault cfg.certs.apiserverProxyClient.cert;
        proxyClientKeyFile = mkDefault cfg.certs.apiserverProxyClient.key;
      };
      controllerManager = mkIf top.controllerManager.enable {
        serviceAccountKeyFile = mkDefault cfg.certs.serviceAccount.key;
        rootCaFile = cfg.certs.controllerManagerClient.caCert;
        kubeconfig.certFile = mkDefault cfg.certs.controllerManagerClient.cert;
        kubeconfig.keyFile = mkDefault cfg.certs.controllerManagerClient.key;
      };
      scheduler = mkIf top.scheduler.enable {
        kubeconfig.certFile = mkDefault cfg.certs.schedulerClient.cert;
        kubeconfig.keyFile = mkDefault cfg.certs.schedulerClient.key;
      };
      kubelet = mkIf top.kubelet.enable {
        clientCaFile = mkDefault cfg.certs.kubelet.caCert;
        tlsCertFile = mkDefault cfg.certs.kubelet.cert;
        tlsKeyFile = mkDefault cfg.certs.kubelet.key;
        kubeconfig.certFile = mkDefault cfg.certs.kubeletClient.cert;
        kubeconfig.keyFile = mkDefault cfg.certs.kubeletClient.key;
      };
      proxy = mkIf top.proxy.enable {
        kubeconfig.certFile = mkDefault cfg.certs.kubeProxyClient.cert;
        kubeconfig.keyFile = mkDefault cfg.certs.kubeProxyClient.key;
      };
    };
  };
}
