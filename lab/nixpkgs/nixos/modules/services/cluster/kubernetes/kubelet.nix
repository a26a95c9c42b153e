# Upstream: nixos/modules/services/cluster/kubernetes/kubelet.nix
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption mkDefault types;
  inherit (import ./flags.nix { inherit lib; }) flags;
  top = config.services.kubernetes;
  cfg = top.kubelet;
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
  port =
    default:
    mkOption {
      type = types.port;
      inherit default;
    };
  flag =
    default:
    mkOption {
      type = types.bool;
      inherit default;
    };
  pause = pkgs.dockerTools.buildImage {
    name = "pause";
    tag = "latest";
    copyToRoot = top.package.pause;
    config.Cmd = [ "/bin/pause" ];
  };
  cniConfig =
    if cfg.cni.config != [ ] && cfg.cni.configDir != null then
      throw "Verbatim CNI-config and CNI configDir cannot both be set."
    else if cfg.cni.configDir != null then
      cfg.cni.configDir
    else
      pkgs.linkFarm "kubernetes-cni-config" (
        lib.imap1 (
          i: entry:
          let
            name = "${toString (10 + i)}-${entry.type}.conf";
          in
          {
            inherit name;
            path = pkgs.writeText name (builtins.toJSON entry);
          }
        ) cfg.cni.config
      );
  kubeletConfig = pkgs.writeText "kubelet-config" (
    builtins.toJSON (
      {
        apiVersion = "kubelet.config.k8s.io/v1beta1";
        kind = "KubeletConfiguration";
        address = cfg.address;
        port = cfg.port;
        authentication = {
          x509 = lib.optionalAttrs (cfg.clientCaFile != null) { clientCAFile = cfg.clientCaFile; };
          webhook = {
            enabled = true;
            cacheTTL = "10s";
          };
        };
        authorization.mode = "Webhook";
        cgroupDriver = "systemd";
        hairpinMode = "hairpin-veth";
        registerNode = cfg.registerNode;
        containerRuntimeEndpoint = cfg.containerRuntimeEndpoint;
        healthzPort = cfg.healthz.port;
        healthzBindAddress = cfg.healthz.bind;
      }
      // lib.optionalAttrs (cfg.tlsCertFile != null) { inherit (cfg) tlsCertFile; }
      // lib.optionalAttrs (cfg.tlsKeyFile != null) { tlsPrivateKeyFile = cfg.tlsKeyFile; }
      // lib.optionalAttrs (cfg.clusterDomain != "") { inherit (cfg) clusterDomain; }
      // lib.optionalAttrs (cfg.clusterDns != [ ]) { clusterDNS = cfg.clusterDns; }
      // lib.optionalAttrs (cfg.featureGates != { }) { inherit (cfg) featureGates; }
      // cfg.extraConfig
    )
  );
  taints = map (taint: "${taint.key}=${taint.value}:${taint.effect}") (lib.attrValues cfg.taints);
  taint =
    { name, ... }:
    {
      options = {
        key = string name;
        value = mkOption { type = types.str; };
        effect = mkOption { type = types.enum [ "NoSchedule" "PreferNoSchedule" "NoExecute" ]; };
      };
    };
  removed = name: lib.mkRemovedOptionModule [ "services" "kubernetes" "kubelet" name ] "";
in
{
  imports = map removed [ "applyManifests" "cadvisorPort" "allowPrivileged" "networkPlugin" "containerRuntime" ];
  options.services.kubernetes.kubelet = {
    enable = lib.mkEnableOption "Kubernetes kubelet";
    address = string "0.0.0.0";
    clusterDns = mkOption {
      type = types.listOf types.str;
      default = [ "10.1.0.1" ];
    };
    clusterDomain = string top.addons.dns.clusterDomain;
    clientCaFile = file top.caFile;
    cni = {
      packages = mkOption {
        type = types.listOf types.package;
        default = [ ];
      };
      config = mkOption {
        type = types.listOf types.attrs;
        default = [ ];
      };
      configDir = file null;
    };
    containerRuntimeEndpoint = string "unix:///run/containerd/containerd.sock";
    extraOpts = mkOption {
      type = types.separatedString " ";
      default = "";
    };
    extraConfig = mkOption {
      type = types.attrsOf (pkgs.formats.json { }).type;
      default = { };
    };
    featureGates = mkOption {
      type = types.attrsOf types.bool;
      default = top.featureGates;
    };
    healthz.bind = string "127.0.0.1";
    healthz.port = port 10248;
    hostname = mkOption { type = types.str; };
    kubeconfig = top.lib.mkKubeConfigOptions "Kubelet";
    manifests = mkOption {
      type = types.attrsOf types.attrs;
      default = { };
    };
    nodeIp = mkOption {
      type = types.nullOr types.str;
      default = null;
    };
    registerNode = flag true;
    port = port 10250;
    seedDockerImages = mkOption {
      type = types.listOf types.package;
      default = [ ];
    };
    taints = mkOption {
      type = types.attrsOf (types.submodule taint);
      default = { };
    };
    tlsCertFile = file null;
    tlsKeyFile = file null;
    unschedulable = flag false;
    verbosity = mkOption {
      type = types.nullOr types.int;
      default = null;
    };
  };
  config = lib.mkMerge [
    (lib.mkIf cfg.enable {
      environment.etc."cni/net.d".source = cniConfig;
      services.kubernetes.kubelet = {
        seedDockerImages = [ pause ];
        cni.packages = [ pkgs.cni-plugins pkgs.cni-plugin-flannel ];
        hostname = mkDefault (lib.toLower config.networking.fqdnOrHostName);
        kubeconfig.server = mkDefault top.apiserverAddress;
      };
      boot.kernelModules = [ "br_netfilter" "overlay" ];
      boot.kernel.sysctl = {
        "net.bridge.bridge-nf-call-iptables" = 1;
        "net.ipv4.ip_forward" = 1;
        "net.bridge.bridge-nf-call-ip6tables" = 1;
      };
      systemd.services.kubelet = {
        description = "Kubernetes Kubelet Service";
        wantedBy = [ "kubernetes.target" ];
        after = [ "containerd.service" "network.target" "kube-apiserver.service" ];
        path = [ pkgs.openssh pkgs.util-linux pkgs.iproute2 pkgs.iptables pkgs.socat ] ++ top.path;
        # Upstream imports the images at every start; here one that was imported before is left alone.
        preStart = ''
          seed() { # PROGRAM NAME
            known=/var/lib/containerd/.seeded-''${1##*/}
            if [ -e "$known" ] && ${pkgs.containerd}/bin/ctr -n k8s.io image list -q | grep -q "/$2\$"; then return; fi
            echo "Seeding container image: $2"
            "$1" | ${pkgs.containerd}/bin/ctr -n k8s.io image import -
            touch "$known"
          }
          ${lib.concatMapStrings (image: "seed ${image} ${image.imageName}:${image.imageTag}\n") cfg.seedDockerImages}
          rm -f /opt/cni/bin/*
          ${lib.concatMapStrings (package: ''
            echo "Linking cni package: ${package}"
            ln -fs ${package}/bin/* /opt/cni/bin
          '') cfg.cni.packages}
        '';
        serviceConfig = {
          Slice = "kubernetes.slice";
          CPUAccounting = true;
          MemoryAccounting = true;
          Restart = "on-failure";
          RestartSec = "1000ms";
          ExecStart = "${top.package}/bin/kubelet ${
            flags {
              config = kubeletConfig;
              hostname-override = cfg.hostname;
              kubeconfig = top.lib.mkKubeConfig "kubelet" cfg.kubeconfig;
              node-ip = cfg.nodeIp;
              pod-manifest-path = if cfg.manifests == { } then null else "/etc/kubernetes/manifests";
              register-with-taints = if taints == [ ] then null else taints;
              root-dir = top.dataDir;
              v = cfg.verbosity;
            }
          } ${cfg.extraOpts}";
          WorkingDirectory = top.dataDir;
        };
        unitConfig.StartLimitIntervalSec = 0;
      };
      services.kubernetes.pki.certs = lib.mapAttrs (_: top.lib.mkCert) {
        # The host name is the only SAN: the master must be able to resolve it.
        kubelet = {
          name = "kubelet";
          CN = cfg.hostname;
          action = "systemctl restart kubelet.service";
        };
        kubeletClient = {
          name = "kubelet-client";
          CN = "system:node:${cfg.hostname}";
          fields.O = "system:nodes";
          action = "systemctl restart kubelet.service";
        };
      };
    })
    (lib.mkIf (cfg.enable && cfg.manifests != { }) {
      environment.etc = lib.mapAttrs' (
        name: manifest:
        lib.nameValuePair "kubernetes/manifests/${name}.json" {
          text = builtins.toJSON manifest;
          mode = "0755";
        }
      ) cfg.manifests;
    })
    (lib.mkIf (cfg.unschedulable && cfg.enable) {
      services.kubernetes.kubelet.taints.unschedulable = {
        value = "true";
        effect = "NoSchedule";
      };
    })
  ];
}
