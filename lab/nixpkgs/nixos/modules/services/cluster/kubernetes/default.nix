# Upstream: nixos/modules/services/cluster/kubernetes/default.nix
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption mkDefault mkIf types;
  cfg = config.services.kubernetes;

  secret = name: "${cfg.secretsPath}/${name}.pem";
  caCert = secret "ca";

  # A kubeconfig that refers to files outside the store.
  mkKubeConfig =
    name: conf:
    pkgs.writeText "${name}-kubeconfig" (
      builtins.toJSON {
        apiVersion = "v1";
        kind = "Config";
        clusters = [
          {
            name = "local";
            cluster.certificate-authority = conf.caFile or cfg.caFile;
            cluster.server = conf.server;
          }
        ];
        users = [
          {
            inherit name;
            user = {
              client-certificate = conf.certFile;
              client-key = conf.keyFile;
            };
          }
        ];
        contexts = [
          {
            context = {
              cluster = "local";
              user = name;
            };
            name = "local";
          }
        ];
        current-context = "local";
      }
    );

  # A certificate that somebody is to make: with easyCerts certmgr, here the program.
  mkCert =
    {
      name,
      CN,
      hosts ? [ ],
      fields ? { },
      action ? "",
      privateKeyOwner ? "kubernetes",
      privateKeyGroup ? "kubernetes",
    }:
    rec {
      inherit name caCert CN hosts fields action;
      cert = secret name;
      key = secret "${name}-key";
      privateKeyOptions = {
        owner = privateKeyOwner;
        group = privateKeyGroup;
        mode = "0600";
        path = key;
      };
    };

  file =
    default:
    mkOption {
      type = types.nullOr types.path;
      inherit default;
    };
  mkKubeConfigOptions = _: {
    server = mkOption { type = types.str; };
    caFile = file cfg.caFile;
    certFile = file null;
    keyFile = file null;
  };

  containerdSettings = {
    version = 2;
    root = "/var/lib/containerd";
    state = "/run/containerd";
    oom_score = 0;
    grpc.address = "/run/containerd/containerd.sock";
    plugins."io.containerd.grpc.v1.cri" = {
      sandbox_image = "docker.io/library/pause:latest";
      cni = {
        bin_dir = "/opt/cni/bin";
        max_conf_num = 0;
      };
      containerd.runtimes.runc = {
        runtime_type = "io.containerd.runc.v2";
        options.SystemdCgroup = true;
      };
    };
  };
  anyComponent =
    cfg.apiserver.enable
    || cfg.scheduler.enable
    || cfg.controllerManager.enable
    || cfg.kubelet.enable
    || cfg.proxy.enable
    || cfg.addonManager.enable;
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "services" "kubernetes" "addons" "dashboard" ] "Removed due to it being an outdated version")
    (lib.mkRemovedOptionModule [ "services" "kubernetes" "verbose" ] "")
  ];
  options.services.kubernetes = {
    roles = mkOption {
      type = types.listOf (types.enum [ "master" "node" ]);
      default = [ ];
    };
    package = mkOption {
      type = types.package;
      default = pkgs.kubernetes;
    };
    kubeconfig = mkKubeConfigOptions "Default kubeconfig";
    apiserverAddress = mkOption { type = types.str; };
    masterAddress = mkOption { type = types.str; };
    caFile = file null;
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/kubernetes";
    };
    secretsPath = mkOption {
      type = types.path;
      default = cfg.dataDir + "/secrets";
    };
    easyCerts = mkOption {
      type = types.bool;
      default = false;
    };
    featureGates = mkOption {
      type = types.attrsOf types.bool;
      default = { };
    };
    path = mkOption {
      type = types.listOf types.package;
      default = [ ];
    };
    clusterCidr = mkOption {
      type = types.nullOr types.str;
      default = "10.1.0.0/16";
    };
    lib = mkOption {
      type = types.attrs;
      default = { inherit mkCert mkKubeConfig mkKubeConfigOptions; };
    };
  };
  config = lib.mkMerge [
    (mkIf cfg.easyCerts {
      services.kubernetes.pki.enable = mkDefault true;
      services.kubernetes.caFile = caCert;
    })
    (mkIf (lib.elem "master" cfg.roles) {
      services.kubernetes = {
        apiserver.enable = mkDefault true;
        scheduler.enable = mkDefault true;
        controllerManager.enable = mkDefault true;
        addonManager.enable = mkDefault true;
        proxy.enable = mkDefault true;
        kubelet = {
          enable = mkDefault true;
          taints = mkIf (!(lib.elem "node" cfg.roles)) {
            master = {
              key = "node-role.kubernetes.io/master";
              value = "true";
              effect = "NoSchedule";
            };
          };
        };
      };
      services.etcd.enable = true;
    })
    (mkIf (lib.all (role: role == "master") cfg.roles) {
      services.kubernetes.kubelet.unschedulable = mkDefault true;
    })
    (mkIf (lib.elem "node" cfg.roles) {
      services.kubernetes.kubelet.enable = mkDefault true;
      services.kubernetes.proxy.enable = mkDefault true;
    })
    (mkIf (cfg.roles != [ ]) {
      services.kubernetes.flannel.enable = mkDefault true;
      services.flannel.etcd.endpoints = mkDefault [ "https://${cfg.masterAddress}:2379" ];
      services.kubernetes.easyCerts = mkDefault true;
    })
    (mkIf cfg.apiserver.enable {
      services.kubernetes.pki.etcClusterAdminKubeconfig = mkDefault "kubernetes/cluster-admin.kubeconfig";
      services.kubernetes.apiserver.etcd.servers = mkDefault [ "https://${cfg.masterAddress}:2379" ];
    })
    (mkIf cfg.kubelet.enable {
      virtualisation.containerd = {
        enable = mkDefault true;
        settings = lib.mapAttrsRecursive (_: mkDefault) containerdSettings;
      };
    })
    (mkIf (cfg.apiserver.enable || cfg.controllerManager.enable) {
      services.kubernetes.pki.certs.serviceAccount = mkCert {
        name = "service-account";
        CN = "system:service-account-signer";
        action = "systemctl restart kube-apiserver.service kube-controller-manager.service";
      };
    })
    (mkIf anyComponent {
      systemd.targets.kubernetes = {
        description = "Kubernetes";
        wantedBy = [ "multi-user.target" ];
      };
      systemd.tmpfiles.rules = [
        "d /opt/cni/bin 0755 root root -"
        "d /run/kubernetes 0755 kubernetes kubernetes -"
        "d ${cfg.dataDir} 0755 kubernetes kubernetes -"
      ];
      users.users.kubernetes = {
        uid = config.ids.uids.kubernetes;
        description = "Kubernetes user";
        group = "kubernetes";
        home = cfg.dataDir;
        createHome = true;
        homeMode = "755";
      };
      users.groups.kubernetes.gid = config.ids.gids.kubernetes;
      services.kubernetes.addons.dns.enable = mkDefault true;
      # As upstream, port and all: with advertiseAddress set and this left alone everybody calls port 443.
      services.kubernetes.apiserverAddress = mkDefault (
        "https://${
          if cfg.apiserver.advertiseAddress != null then
            cfg.apiserver.advertiseAddress
          else
            "${cfg.masterAddress}:${toString cfg.apiserver.securePort}"
        }"
      );
    })
  ];
}
