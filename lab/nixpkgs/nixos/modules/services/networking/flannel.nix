# Upstream: nixos/modules/services/networking/flannel.nix. Without `iface` flannel takes the interface of the default
# route.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.flannel;
  string = mkOption {
    type = types.nullOr types.str;
    default = null;
  };
  networkConfig = lib.filterAttrs (_: value: value != null) {
    Network = cfg.network;
    SubnetLen = cfg.subnetLen;
    SubnetMin = cfg.subnetMin;
    SubnetMax = cfg.subnetMax;
    Backend = cfg.backend;
  };
in
{
  options.services.flannel = {
    enable = lib.mkEnableOption "flannel";
    package = mkOption {
      type = types.package;
      default = pkgs.flannel;
    };
    publicIp = string;
    iface = string;
    etcd.endpoints = mkOption {
      type = types.listOf types.str;
      default = [ "http://127.0.0.1:2379" ];
    };
    kubeconfig = mkOption {
      type = types.nullOr types.path;
      default = null;
    };
    network = mkOption { type = types.str; };
    nodeName = mkOption {
      type = types.nullOr types.str;
      default = config.networking.fqdnOrHostName;
    };
    storageBackend = mkOption {
      type = types.enum [ "etcd" "kubernetes" ];
      default = "etcd";
    };
    subnetLen = mkOption {
      type = types.int;
      default = 24;
    };
    subnetMin = string;
    subnetMax = string;
    backend = mkOption {
      type = types.attrs;
      default = { Type = "vxlan"; };
    };
  };
  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.storageBackend == "kubernetes";
        message = "the lab's nixpkgs knows flannel with storageBackend = \"kubernetes\" only";
      }
    ];
    systemd.services.flannel = {
      description = "Flannel Service";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      environment = {
        FLANNELD_PUBLIC_IP = cfg.publicIp;
        FLANNELD_IFACE = cfg.iface;
        FLANNELD_KUBE_SUBNET_MGR = "true";
        FLANNELD_KUBECONFIG_FILE = cfg.kubeconfig;
        NODE_NAME = cfg.nodeName;
      };
      path = [ pkgs.iptables ];
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/flannel";
        Restart = "always";
        RestartSec = "10s";
        RuntimeDirectory = "flannel";
      };
    };
    environment.etc."kube-flannel/net-conf.json".source = pkgs.writeText "net-conf.json" (builtins.toJSON networkConfig);
  };
}
