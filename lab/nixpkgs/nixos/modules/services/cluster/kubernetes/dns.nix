# Upstream: nixos/modules/services/cluster/kubernetes/addons/dns.nix
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.kubernetes.addons.dns;
  ports = {
    dns = 10053;
    health = 10054;
    metrics = 10055;
  };
  labels = mode: {
    "addonmanager.kubernetes.io/mode" = mode;
    k8s-app = "kube-dns";
    "kubernetes.io/cluster-service" = "true";
  };
  rbacLabels = labels "Reconcile" // { "kubernetes.io/bootstrapping" = "rbac-defaults"; };
  named = { "kubernetes.io/name" = "CoreDNS"; };
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "services" "kubernetes" "addons" "dns" "coredns" ] "Use services.kubernetes.addons.dns.corednsImage instead")
  ];
  options.services.kubernetes.addons.dns = {
    enable = lib.mkEnableOption "kubernetes dns addon";
    clusterIp = mkOption {
      type = types.str;
      default =
        lib.concatStringsSep "." (
          lib.take 3 (lib.splitString "." config.services.kubernetes.apiserver.serviceClusterIpRange)
        )
        + ".254";
    };
    clusterDomain = mkOption {
      type = types.str;
      default = "cluster.local";
    };
    replicas = mkOption {
      type = types.int;
      default = 2;
    };
    reconcileMode = mkOption {
      type = types.enum [ "Reconcile" "EnsureExists" ];
      default = "Reconcile";
    };
    corednsImage = mkOption {
      type = types.package;
      default = pkgs.dockerTools.buildImage {
        name = "coredns";
        # Another nixpkgs is another tag: a node that has not got it yet cannot run what the master rolls out.
        tag = builtins.substring 0 32 (baseNameOf (builtins.unsafeDiscardStringContext (toString pkgs.coredns)));
        copyToRoot = pkgs.coredns;
        config.Entrypoint = [ "/bin/coredns" ];
      };
    };
    corefile = mkOption {
      type = types.str;
      default = ''
        .:${toString ports.dns} {
          errors
          health :${toString ports.health}
          kubernetes ${cfg.clusterDomain} in-addr.arpa ip6.arpa {
            pods insecure
            fallthrough in-addr.arpa ip6.arpa
          }
          prometheus :${toString ports.metrics}
          forward . /etc/resolv.conf
          cache 30
          loop
          reload
          loadbalance
        }'';
    };
  };
  config = lib.mkIf cfg.enable {
    services.kubernetes.kubelet.seedDockerImages = [ cfg.corednsImage ];
    services.kubernetes.kubelet.clusterDns = lib.mkDefault [ cfg.clusterIp ];
    services.kubernetes.addonManager.bootstrapAddons = {
      coredns-cr = {
        apiVersion = "rbac.authorization.k8s.io/v1";
        kind = "ClusterRole";
        metadata = {
          labels = rbacLabels;
          name = "system:coredns";
        };
        rules = [
          {
            apiGroups = [ "" ];
            resources = [ "endpoints" "services" "pods" "namespaces" ];
            verbs = [ "list" "watch" ];
          }
          {
            apiGroups = [ "" ];
            resources = [ "nodes" ];
            verbs = [ "get" ];
          }
          {
            apiGroups = [ "discovery.k8s.io" ];
            resources = [ "endpointslices" ];
            verbs = [ "list" "watch" ];
          }
        ];
      };
      coredns-crb = {
        apiVersion = "rbac.authorization.k8s.io/v1";
        kind = "ClusterRoleBinding";
        metadata = {
          annotations."rbac.authorization.kubernetes.io/autoupdate" = "true";
          labels = rbacLabels;
          name = "system:coredns";
        };
        roleRef = {
          apiGroup = "rbac.authorization.k8s.io";
          kind = "ClusterRole";
          name = "system:coredns";
        };
        subjects = [
          {
            kind = "ServiceAccount";
            name = "coredns";
            namespace = "kube-system";
          }
        ];
      };
    };
    services.kubernetes.addonManager.addons = {
      coredns-sa = {
        apiVersion = "v1";
        kind = "ServiceAccount";
        metadata = {
          labels = labels "Reconcile";
          name = "coredns";
          namespace = "kube-system";
        };
      };
      coredns-cm = {
        apiVersion = "v1";
        kind = "ConfigMap";
        metadata = {
          labels = labels cfg.reconcileMode;
          name = "coredns";
          namespace = "kube-system";
        };
        data.Corefile = cfg.corefile;
      };
      coredns-deploy = {
        apiVersion = "apps/v1";
        kind = "Deployment";
        metadata = {
          labels = labels cfg.reconcileMode // named;
          name = "coredns";
          namespace = "kube-system";
        };
        spec = {
          inherit (cfg) replicas;
          selector.matchLabels.k8s-app = "kube-dns";
          strategy = {
            rollingUpdate.maxUnavailable = 1;
            type = "RollingUpdate";
          };
          template = {
            metadata.labels.k8s-app = "kube-dns";
            spec = {
              containers = [
                {
                  args = [ "-conf" "/etc/coredns/Corefile" ];
                  image = "${cfg.corednsImage.imageName}:${cfg.corednsImage.imageTag}";
                  imagePullPolicy = "Never";
                  livenessProbe = {
                    failureThreshold = 5;
                    httpGet = {
                      path = "/health";
                      port = ports.health;
                      scheme = "HTTP";
                    };
                    initialDelaySeconds = 60;
                    successThreshold = 1;
                    timeoutSeconds = 5;
                  };
                  name = "coredns";
                  ports = [
                    {
                      containerPort = ports.dns;
                      name = "dns";
                      protocol = "UDP";
                    }
                    {
                      containerPort = ports.dns;
                      name = "dns-tcp";
                      protocol = "TCP";
                    }
                    {
                      containerPort = ports.metrics;
                      name = "metrics";
                      protocol = "TCP";
                    }
                  ];
                  resources = {
                    limits.memory = "170Mi";
                    requests = {
                      cpu = "100m";
                      memory = "70Mi";
                    };
                  };
                  securityContext = {
                    allowPrivilegeEscalation = false;
                    capabilities = {
                      add = [ "NET_BIND_SERVICE" ];
                      drop = [ "all" ];
                    };
                    readOnlyRootFilesystem = true;
                  };
                  volumeMounts = [
                    {
                      mountPath = "/etc/coredns";
                      name = "config-volume";
                      readOnly = true;
                    }
                  ];
                }
              ];
              dnsPolicy = "Default";
              nodeSelector."beta.kubernetes.io/os" = "linux";
              serviceAccountName = "coredns";
              tolerations = [
                {
                  effect = "NoSchedule";
                  key = "node-role.kubernetes.io/master";
                }
                {
                  key = "CriticalAddonsOnly";
                  operator = "Exists";
                }
              ];
              volumes = [
                {
                  configMap = {
                    items = [
                      {
                        key = "Corefile";
                        path = "Corefile";
                      }
                    ];
                    name = "coredns";
                  };
                  name = "config-volume";
                }
              ];
            };
          };
        };
      };
      coredns-svc = {
        apiVersion = "v1";
        kind = "Service";
        metadata = {
          annotations = {
            "prometheus.io/port" = toString ports.metrics;
            "prometheus.io/scrape" = "true";
          };
          labels = labels "Reconcile" // named;
          name = "kube-dns";
          namespace = "kube-system";
        };
        spec = {
          clusterIP = cfg.clusterIp;
          ports = [
            {
              name = "dns";
              port = 53;
              targetPort = ports.dns;
              protocol = "UDP";
            }
            {
              name = "dns-tcp";
              port = 53;
              targetPort = ports.dns;
              protocol = "TCP";
            }
          ];
          selector.k8s-app = "kube-dns";
        };
      };
    };
  };
}
