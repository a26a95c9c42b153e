# Upstream: nixos/modules/services/cluster/kubernetes/addon-manager.nix
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  top = config.services.kubernetes;
  cfg = top.addonManager;
  addons = pkgs.linkFarm "kubernetes-addons" (
    lib.mapAttrs' (
      name: addon: lib.nameValuePair "${name}.json" (pkgs.writeText "${name}.json" (builtins.toJSON addon))
    ) cfg.addons
  );
  name = "system:kube-addon-manager";
  namespace = "kube-system";
  rbac = kind: content: {
    apiVersion = "rbac.authorization.k8s.io/v1";
    inherit kind;
  }
  // content;
in
{
  options.services.kubernetes.addonManager = {
    enable = lib.mkEnableOption "Kubernetes addon manager";
    bootstrapAddons = mkOption {
      type = types.attrsOf types.attrs;
      default = { };
    };
    addons = mkOption {
      type = types.attrsOf (types.either types.attrs (types.listOf types.attrs));
      default = { };
    };
  };
  config = lib.mkIf cfg.enable {
    environment.etc."kubernetes/addons".source = addons;
    systemd.services.kube-addon-manager = {
      description = "Kubernetes addon manager";
      wantedBy = [ "kubernetes.target" ];
      after = [ "kube-apiserver.service" ];
      environment.ADDON_PATH = "/etc/kubernetes/addons/";
      path = [ pkgs.gawk pkgs.kubectl ];
      serviceConfig = {
        Slice = "kubernetes.slice";
        # Stands in for kube-addons.sh of the Kubernetes source tree: applies the folder again and again.
        ExecStart = pkgs.writeShellScript "kube-addons" ''
          while true; do
            kubectl apply -f "$ADDON_PATH" >/run/kubernetes/addons.log 2>&1 || { cat /run/kubernetes/addons.log >&2; sleep 2; continue; }
            sleep 60
          done
        '';
        WorkingDirectory = top.dataDir;
        User = "kubernetes";
        Group = "kubernetes";
        Restart = "on-failure";
        RestartSec = 10;
      };
      unitConfig.StartLimitIntervalSec = 0;
    };
    services.kubernetes.addonManager.bootstrapAddons = lib.mkIf (lib.elem "RBAC" top.apiserver.authorizationMode) {
      kube-addon-manager-r = rbac "Role" {
        metadata = { inherit name namespace; };
        rules = [
          {
            apiGroups = [ "*" ];
            resources = [ "*" ];
            verbs = [ "*" ];
          }
        ];
      };
      kube-addon-manager-rb = rbac "RoleBinding" {
        metadata = { inherit name namespace; };
        roleRef = {
          apiGroup = "rbac.authorization.k8s.io";
          kind = "Role";
          inherit name;
        };
        subjects = [
          {
            apiGroup = "rbac.authorization.k8s.io";
            kind = "User";
            inherit name;
          }
        ];
      };
      kube-addon-manager-cluster-lister-cr = rbac "ClusterRole" {
        metadata.name = "${name}:cluster-lister";
        rules = [
          {
            apiGroups = [ "*" ];
            resources = [ "*" ];
            verbs = [ "list" ];
          }
        ];
      };
      kube-addon-manager-cluster-lister-crb = rbac "ClusterRoleBinding" {
        metadata.name = "${name}:cluster-lister";
        roleRef = {
          apiGroup = "rbac.authorization.k8s.io";
          kind = "ClusterRole";
          name = "${name}:cluster-lister";
        };
        subjects = [
          {
            kind = "User";
            inherit name;
          }
        ];
      };
    };
    services.kubernetes.pki.certs.addonManager = top.lib.mkCert {
      name = "kube-addon-manager";
      CN = name;
      action = "systemctl restart kube-addon-manager.service";
    };
  };
}
