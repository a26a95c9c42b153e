# Upstream: nixos/modules/services/cluster/kubernetes/proxy.nix
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  inherit (import ./flags.nix { inherit lib; }) flags gates;
  top = config.services.kubernetes;
  cfg = top.proxy;
in
{
  options.services.kubernetes.proxy = {
    enable = lib.mkEnableOption "Kubernetes proxy";
    bindAddress = mkOption {
      type = types.str;
      default = "0.0.0.0";
    };
    extraOpts = mkOption {
      type = types.separatedString " ";
      default = "";
    };
    featureGates = mkOption {
      type = types.attrsOf types.bool;
      default = top.featureGates;
    };
    hostname = mkOption {
      type = types.str;
      default = config.networking.hostName;
    };
    kubeconfig = top.lib.mkKubeConfigOptions "Kubernetes proxy";
    verbosity = mkOption {
      type = types.nullOr types.int;
      default = null;
    };
  };
  config = lib.mkIf cfg.enable {
    systemd.services.kube-proxy = {
      description = "Kubernetes Proxy Service";
      wantedBy = [ "kubernetes.target" ];
      after = [ "kube-apiserver.service" ];
      path = [ pkgs.iptables pkgs.conntrack-tools ];
      serviceConfig = {
        Slice = "kubernetes.slice";
        ExecStart = "${top.package}/bin/kube-proxy ${
          flags {
            bind-address = cfg.bindAddress;
            cluster-cidr = top.clusterCidr;
            feature-gates = gates cfg.featureGates;
            hostname-override = cfg.hostname;
            kubeconfig = top.lib.mkKubeConfig "kube-proxy" cfg.kubeconfig;
            v = cfg.verbosity;
          }
        } ${cfg.extraOpts}";
        WorkingDirectory = top.dataDir;
        Restart = "on-failure";
        RestartSec = 5;
      };
      unitConfig.StartLimitIntervalSec = 0;
    };
    services.kubernetes.pki.certs.kubeProxyClient = top.lib.mkCert {
      name = "kube-proxy-client";
      CN = "system:kube-proxy";
      action = "systemctl restart kube-proxy.service";
    };
    services.kubernetes.proxy.kubeconfig.server = lib.mkDefault top.apiserverAddress;
  };
}
