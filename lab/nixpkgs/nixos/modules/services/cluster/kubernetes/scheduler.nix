# Upstream: nixos/modules/services/cluster/kubernetes/scheduler.nix
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (import ./flags.nix { inherit lib; }) flags gates;
  top = config.services.kubernetes;
  cfg = top.scheduler;
in
{
  options.services.kubernetes.scheduler = {
    enable = lib.mkEnableOption "Kubernetes scheduler";
    address = mkOption {
      type = types.str;
      default = "127.0.0.1";
    };
    extraOpts = mkOption {
      type = types.separatedString " ";
      default = "";
    };
    featureGates = mkOption {
      type = types.attrsOf types.bool;
      default = top.featureGates;
    };
    kubeconfig = top.lib.mkKubeConfigOptions "Kubernetes scheduler";
    leaderElect = mkOption {
      type = types.bool;
      default = true;
    };
    port = mkOption {
      type = types.port;
      default = 10251;
    };
    verbosity = mkOption {
      type = types.nullOr types.int;
      default = null;
    };
  };
  config = lib.mkIf cfg.enable {
    systemd.services.kube-scheduler = {
      description = "Kubernetes Scheduler Service";
      wantedBy = [ "kubernetes.target" ];
      after = [ "kube-apiserver.service" ];
      serviceConfig = {
        Slice = "kubernetes.slice";
        ExecStart = "${top.package}/bin/kube-scheduler ${
          flags {
            bind-address = cfg.address;
            feature-gates = gates cfg.featureGates;
            kubeconfig = top.lib.mkKubeConfig "kube-scheduler" cfg.kubeconfig;
            leader-elect = cfg.leaderElect;
            secure-port = cfg.port;
            v = cfg.verbosity;
          }
        } ${cfg.extraOpts}";
        WorkingDirectory = top.dataDir;
        User = "kubernetes";
        Group = "kubernetes";
        Restart = "on-failure";
        RestartSec = 5;
      };
      unitConfig.StartLimitIntervalSec = 0;
    };
    services.kubernetes.pki.certs.schedulerClient = top.lib.mkCert {
      name = "kube-scheduler-client";
      CN = "system:kube-scheduler";
      action = "systemctl restart kube-scheduler.service";
    };
    services.kubernetes.scheduler.kubeconfig.server = lib.mkDefault top.apiserverAddress;
  };
}
