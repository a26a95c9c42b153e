# Upstream: nixos/modules/services/cluster/kubernetes/controller-manager.nix
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (import ./flags.nix { inherit lib; }) flags gates;
  top = config.services.kubernetes;
  cfg = top.controllerManager;
  file =
    default:
    mkOption {
      type = types.nullOr types.path;
      inherit default;
    };
  flag = mkOption {
    type = types.bool;
    default = true;
  };
in
{
  options.services.kubernetes.controllerManager = {
    enable = lib.mkEnableOption "Kubernetes controller manager";
    allocateNodeCIDRs = flag;
    bindAddress = mkOption {
      type = types.str;
      default = "127.0.0.1";
    };
    clusterCidr = mkOption {
      type = types.str;
      default = top.clusterCidr;
    };
    extraOpts = mkOption {
      type = types.separatedString " ";
      default = "";
    };
    featureGates = mkOption {
      type = types.attrsOf types.bool;
      default = top.featureGates;
    };
    kubeconfig = top.lib.mkKubeConfigOptions "Kubernetes controller manager";
    leaderElect = flag;
    rootCaFile = file top.caFile;
    securePort = mkOption {
      type = types.int;
      default = 10252;
    };
    serviceAccountKeyFile = file null;
    tlsCertFile = file null;
    tlsKeyFile = file null;
    verbosity = mkOption {
      type = types.nullOr types.int;
      default = null;
    };
  };
  config = lib.mkIf cfg.enable {
    systemd.services.kube-controller-manager = {
      description = "Kubernetes Controller Manager Service";
      wantedBy = [ "kubernetes.target" ];
      after = [ "kube-apiserver.service" ];
      path = top.path;
      serviceConfig = {
        RestartSec = "30s";
        Restart = "on-failure";
        Slice = "kubernetes.slice";
        ExecStart = "${top.package}/bin/kube-controller-manager ${
          flags {
            allocate-node-cidrs = cfg.allocateNodeCIDRs;
            bind-address = cfg.bindAddress;
            cluster-cidr = cfg.clusterCidr;
            feature-gates = gates cfg.featureGates;
            kubeconfig = top.lib.mkKubeConfig "kube-controller-manager" cfg.kubeconfig;
            leader-elect = cfg.leaderElect;
            root-ca-file = cfg.rootCaFile;
            secure-port = cfg.securePort;
            service-account-private-key-file = cfg.serviceAccountKeyFile;
            tls-cert-file = cfg.tlsCertFile;
            tls-private-key-file = cfg.tlsKeyFile;
            use-service-account-credentials = if lib.elem "RBAC" top.apiserver.authorizationMode then true else null;
            v = cfg.verbosity;
          }
        } ${cfg.extraOpts}";
        WorkingDirectory = top.dataDir;
        User = "kubernetes";
        Group = "kubernetes";
      };
      unitConfig.StartLimitIntervalSec = 0;
    };
    services.kubernetes.pki.certs = lib.mapAttrs (_: top.lib.mkCert) {
      controllerManager = {
        name = "kube-controller-manager";
        CN = "kube-controller-manager";
        action = "systemctl restart kube-controller-manager.service";
      };
      controllerManagerClient = {
        name = "kube-controller-manager-client";
        CN = "system:kube-controller-manager";
        action = "systemctl restart kube-controller-manager.service";
      };
    };
    services.kubernetes.controllerManager.kubeconfig.server = lib.mkDefault top.apiserverAddress;
  };
}
