# Upstream: nixos/modules/services/cluster/kubernetes/apiserver.nix
{ config, lib, ... }:
let
  inherit (lib) mkOption mkDefault types;
  inherit (import ./flags.nix { inherit lib; }) flags gates;
  top = config.services.kubernetes;
  cfg = top.apiserver;
  # The first address of the service range, as upstream computes it.
  serviceIp = lib.concatStringsSep "." (lib.take 3 (lib.splitString "." cfg.serviceClusterIpRange)) + ".1";
  file =
    default:
    mkOption {
      type = types.nullOr types.path;
      inherit default;
    };
  string =
    default:
    mkOption {
      type = types.str;
      inherit default;
    };
  strings =
    default:
    mkOption {
      type = types.listOf types.str;
      inherit default;
    };
  nullString = mkOption {
    type = types.nullOr types.str;
    default = null;
  };
  removed = name: lib.mkRemovedOptionModule [ "services" "kubernetes" "apiserver" name ] "";
in
{
  imports = map removed [ "insecureBindAddress" "insecurePort" "publicAddress" ];
  options.services.kubernetes.apiserver = {
    enable = lib.mkEnableOption "Kubernetes apiserver";
    advertiseAddress = nullString;
    allowPrivileged = mkOption {
      type = types.bool;
      default = false;
    };
    apiAudiences = string "api,https://kubernetes.default.svc";
    authorizationMode = mkOption {
      type = types.listOf (types.enum [ "AlwaysAllow" "AlwaysDeny" "ABAC" "Webhook" "RBAC" "Node" ]);
      default = [ "RBAC" "Node" ];
    };
    bindAddress = string "0.0.0.0";
    clientCaFile = file top.caFile;
    disableAdmissionPlugins = strings [ ];
    enableAdmissionPlugins = strings [
      "NamespaceLifecycle"
      "LimitRanger"
      "ServiceAccount"
      "ResourceQuota"
      "DefaultStorageClass"
      "DefaultTolerationSeconds"
      "NodeRestriction"
    ];
    etcd = {
      servers = strings [ "http://127.0.0.1:2379" ];
      keyFile = file null;
      certFile = file null;
      caFile = file top.caFile;
    };
    extraOpts = mkOption {
      type = types.separatedString " ";
      default = "";
    };
    extraSANs = strings [ ];
    featureGates = mkOption {
      type = types.attrsOf types.bool;
      default = top.featureGates;
    };
    kubeletClientCaFile = file top.caFile;
    kubeletClientCertFile = file null;
    kubeletClientKeyFile = file null;
    preferredAddressTypes = nullString;
    proxyClientCertFile = file null;
    proxyClientKeyFile = file null;
    runtimeConfig = string "authentication.k8s.io/v1beta1=true";
    securePort = mkOption {
      type = types.int;
      default = 6443;
    };
    serviceAccountIssuer = string "https://kubernetes.default.svc";
    serviceAccountKeyFile = mkOption { type = types.path; };
    serviceAccountSigningKeyFile = mkOption { type = types.path; };
    serviceClusterIpRange = string "10.0.0.0/24";
    storageBackend = mkOption {
      type = types.enum [ "etcd2" "etcd3" ];
      default = "etcd3";
    };
    tlsCertFile = file null;
    tlsKeyFile = file null;
    tokenAuthFile = file null;
    verbosity = mkOption {
      type = types.nullOr types.int;
      default = null;
    };
  };
  config = lib.mkIf cfg.enable {
    systemd.services.kube-apiserver = {
      description = "Kubernetes APIServer Service";
      wantedBy = [ "kubernetes.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        Slice = "kubernetes.slice";
        ExecStart = "${top.package}/bin/kube-apiserver ${
          flags {
            allow-privileged = cfg.allowPrivileged;
            authorization-mode = cfg.authorizationMode;
            bind-address = cfg.bindAddress;
            advertise-address = cfg.advertiseAddress;
            client-ca-file = cfg.clientCaFile;
            disable-admission-plugins = cfg.disableAdmissionPlugins;
            enable-admission-plugins = cfg.enableAdmissionPlugins;
            etcd-servers = cfg.etcd.servers;
            etcd-cafile = cfg.etcd.caFile;
            etcd-certfile = cfg.etcd.certFile;
            etcd-keyfile = cfg.etcd.keyFile;
            feature-gates = gates cfg.featureGates;
            kubelet-certificate-authority = cfg.kubeletClientCaFile;
            kubelet-client-certificate = cfg.kubeletClientCertFile;
            kubelet-client-key = cfg.kubeletClientKeyFile;
            kubelet-preferred-address-types = cfg.preferredAddressTypes;
            proxy-client-cert-file = cfg.proxyClientCertFile;
            proxy-client-key-file = cfg.proxyClientKeyFile;
            runtime-config = cfg.runtimeConfig;
            secure-port = cfg.securePort;
            api-audiences = cfg.apiAudiences;
            service-account-issuer = cfg.serviceAccountIssuer;
            service-account-signing-key-file = cfg.serviceAccountSigningKeyFile;
            service-account-key-file = cfg.serviceAccountKeyFile;
            service-cluster-ip-range = cfg.serviceClusterIpRange;
            storage-backend = cfg.storageBackend;
            tls-cert-file = cfg.tlsCertFile;
            tls-private-key-file = cfg.tlsKeyFile;
            token-auth-file = cfg.tokenAuthFile;
            v = cfg.verbosity;
          }
        } ${cfg.extraOpts}";
        WorkingDirectory = top.dataDir;
        User = "kubernetes";
        Group = "kubernetes";
        AmbientCapabilities = "cap_net_bind_service";
        Restart = "on-failure";
        RestartSec = 5;
      };
      unitConfig.StartLimitIntervalSec = 0;
    };
    services.etcd = {
      clientCertAuth = mkDefault true;
      peerClientCertAuth = mkDefault true;
      listenClientUrls = mkDefault [ "https://0.0.0.0:2379" ];
      listenPeerUrls = mkDefault [ "https://0.0.0.0:2380" ];
      advertiseClientUrls = mkDefault [ "https://${top.masterAddress}:2379" ];
      initialCluster = mkDefault [ "${top.masterAddress}=https://${top.masterAddress}:2380" ];
      name = mkDefault top.masterAddress;
      initialAdvertisePeerUrls = mkDefault [ "https://${top.masterAddress}:2380" ];
    };
    services.kubernetes.addonManager.bootstrapAddons = lib.mkIf (lib.elem "RBAC" cfg.authorizationMode) {
      apiserver-kubelet-api-admin-crb = {
        apiVersion = "rbac.authorization.k8s.io/v1";
        kind = "ClusterRoleBinding";
        metadata.name = "system:kube-apiserver:kubelet-api-admin";
        roleRef = {
          apiGroup = "rbac.authorization.k8s.io";
          kind = "ClusterRole";
          name = "system:kubelet-api-admin";
        };
        subjects = [
          {
            kind = "User";
            name = "system:kube-apiserver";
          }
        ];
      };
    };
    services.kubernetes.pki.certs =
      let
        restart = "systemctl restart kube-apiserver.service";
      in
      lib.mapAttrs (_: top.lib.mkCert) {
        apiServer = {
          name = "kube-apiserver";
          CN = "kubernetes";
          hosts = [
            "kubernetes.default.svc"
            "kubernetes.default.svc.${top.addons.dns.clusterDomain}"
            cfg.advertiseAddress
            top.masterAddress
            serviceIp
            "127.0.0.1"
          ]
          ++ cfg.extraSANs;
          action = restart;
        };
        apiserverProxyClient = {
          name = "kube-apiserver-proxy-client";
          CN = "front-proxy-client";
          action = restart;
        };
        apiserverKubeletClient = {
          name = "kube-apiserver-kubelet-client";
          CN = "system:kube-apiserver";
          action = restart;
        };
        apiserverEtcdClient = {
          name = "kube-apiserver-etcd-client";
          CN = "etcd-client";
          action = restart;
        };
        clusterAdmin = {
          name = "cluster-admin";
          CN = "cluster-admin";
          fields.O = "system:masters";
          privateKeyOwner = "root";
        };
        etcd = {
          name = "etcd";
          CN = top.masterAddress;
          hosts = [
            "etcd.local"
            "etcd.${top.addons.dns.clusterDomain}"
            top.masterAddress
            cfg.advertiseAddress
          ];
          privateKeyOwner = "etcd";
          action = "systemctl restart etcd.service";
        };
      };
  };
}
