# Upstream: nixos/modules/services/cluster/kubernetes/flannel.nix
{ config, lib, ... }:
let
  top = config.services.kubernetes;
  cfg = top.flannel;
in
{
  options.services.kubernetes.flannel = {
    enable = lib.mkEnableOption "flannel networking";
    openFirewallPorts = lib.mkOption {
      type = lib.types.bool;
      default = true;
    };
  };
  config = lib.mkIf cfg.enable {
    services.flannel = {
      enable = lib.mkDefault true;
      network = lib.mkDefault top.clusterCidr;
      storageBackend = "kubernetes";
      nodeName = top.kubelet.hostname;
    };
    services.kubernetes.kubelet.cni.config = lib.mkDefault [
      {
        name = "mynet";
        type = "flannel";
        cniVersion = "0.3.1";
        delegate = {
          isDefaultGateway = true;
          hairpinMode = true;
          bridge = "mynet";
        };
      }
    ];
    networking.firewall.allowedUDPPorts = lib.mkIf cfg.openFirewallPorts [ 8285 8472 ];
    networking.dhcpcd.denyInterfaces = [ "mynet*" "flannel*" ];
    services.kubernetes.pki.certs.flannelClient = top.lib.mkCert {
      name = "flannel-client";
      CN = "flannel-client";
      action = "systemctl restart flannel.service";
    };
    services.kubernetes.addonManager.bootstrapAddons = lib.mkIf (lib.elem "RBAC" top.apiserver.authorizationMode) {
      flannel-cr = {
        apiVersion = "rbac.authorization.k8s.io/v1";
        kind = "ClusterRole";
        metadata.name = "flannel";
        rules = [
          {
            apiGroups = [ "" ];
            resources = [ "pods" ];
            verbs = [ "get" ];
          }
          {
            apiGroups = [ "" ];
            resources = [ "nodes" ];
            # flannel asks for single nodes, too, says that it may not, and goes on.
            verbs = [ "list" "watch" ];
          }
          {
            apiGroups = [ "" ];
            resources = [ "nodes/status" ];
            verbs = [ "patch" ];
          }
        ];
      };
      flannel-crb = {
        apiVersion = "rbac.authorization.k8s.io/v1";
        kind = "ClusterRoleBinding";
        metadata.name = "flannel";
        roleRef = {
          apiGroup = "rbac.authorization.k8s.io";
          kind = "ClusterRole";
          name = "flannel";
        };
        subjects = [
          {
            kind = "User";
            name = "flannel-client";
          }
        ];
      };
    };
  };
}
