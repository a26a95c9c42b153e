# What the control plane and the kubelets do to be secure by default. The API server knows who asks, writes down what was changed, and
# keeps Secrets encrypted; nothing shows its inner life to whoever may log in.
{
  config,
  lib,
  pkgs,
  kluster,
  ...
}:
let
  inherit (lib) mkDefault mkIf;
  inherit (kluster) cluster machine;
  isMaster = lib.elem "master" machine.roles;
  top = config.services.kubernetes;

  json = name: value: pkgs.writeText name (builtins.toJSON value);
  options = settings: lib.concatStringsSep " " (lib.mapAttrsToList (name: value: "--${name}=${value}") settings);

  # Who has no name may ask whether the API is well, and nothing more: not even its version.
  authentication = json "kubernetes-authentication.json" {
    apiVersion = "apiserver.config.k8s.io/v1";
    kind = "AuthenticationConfiguration";
    anonymous = {
      enabled = true;
      conditions = [
        { path = "/livez"; }
        { path = "/readyz"; }
        { path = "/healthz"; }
      ];
    };
  };

  # Who changed what, who got into what runs, and who read Secrets; never what was in them. The control plane's own endless talk is left out.
  audit = json "kubernetes-audit-policy.json" {
    apiVersion = "audit.k8s.io/v1";
    kind = "Policy";
    omitStages = [ "RequestReceived" ];
    rules = [
      {
        level = "None";
        resources = [
          {
            group = "coordination.k8s.io";
            resources = [ "leases" ];
          }
          {
            group = "";
            resources = [ "events" ];
          }
        ];
      }
      {
        level = "None";
        userGroups = [ "system:nodes" ];
        verbs = [
          "get"
          "list"
          "watch"
          "patch"
          "update"
        ];
      }
      {
        level = "Metadata";
        resources = [
          {
            group = "";
            resources = [
              "secrets"
              "serviceaccounts/token"
              # Who gets into what runs: kubectl asks for that by GET.
              "pods/exec"
              "pods/attach"
              "pods/portforward"
              "pods/proxy"
              "services/proxy"
              "nodes/proxy"
            ];
          }
        ];
      }
      {
        level = "Metadata";
        verbs = [
          "create"
          "update"
          "patch"
          "delete"
          "deletecollection"
        ];
      }
    ];
  };

  # What pods may do in namespaces whose labels say nothing of it, and what is said to who makes them. The cluster's own
  # network and proxy run outside of it; who adds others to kube-system may do anything there.
  admission = json "kubernetes-admission.json" {
    apiVersion = "apiserver.config.k8s.io/v1";
    kind = "AdmissionConfiguration";
    plugins = [
      {
        name = "PodSecurity";
        configuration = {
          apiVersion = "pod-security.admission.config.k8s.io/v1";
          kind = "PodSecurityConfiguration";
          defaults = {
            enforce = cluster.podSecurity;
            enforce-version = "latest";
            audit = cluster.podSecurity;
            audit-version = "latest";
            warn = cluster.podSecurity;
            warn-version = "latest";
          };
          exemptions.namespaces = [ "kube-system" ];
        };
      }
    ];
  };

  # Go's own preference for TLS 1.2 without those that have no authenticated encryption; TLS 1.3 has none but strong ones.
  ciphers = [
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
  ];
in
{
  services.kubernetes = {
    kubelet.extraConfig = {
      tlsCipherSuites = mkDefault ciphers;
      # A pod that starts processes without end fills its own share, and not the machine's.
      podPidsLimit = mkDefault 4096;
      # Pods do without the system calls that hardly any program needs, unless they ask for them.
      seccompDefault = mkDefault true;
    };
    apiserver.extraOpts = mkIf isMaster (options {
      profiling = "false";
      tls-cipher-suites = lib.concatStringsSep "," ciphers;
      # Beside NixOS's own list (the flag adds up): whoever may make Services could have other pods' traffic by it, and no
      # address outside leads into the cluster anyway.
      enable-admission-plugins = "DenyServiceExternalIPs";
      authentication-config = authentication;
      admission-control-config-file = admission;
      encryption-provider-config = "${top.secretsPath}/encryption.json";
      encryption-provider-config-automatic-reload = "true";
      audit-policy-file = audit;
      audit-log-path = "/var/log/kubernetes/audit.log";
      # At most 100 MB, and a month.
      audit-log-maxsize = "20";
      audit-log-maxbackup = "4";
      audit-log-maxage = "30";
    });
    controllerManager.extraOpts = mkIf isMaster (options {
      profiling = "false";
      terminated-pod-gc-threshold = "1000"; # as many as a small etcd need not mind; Kubernetes keeps 12,500
    });
    scheduler.extraOpts = mkIf isMaster "--profiling=false";
  };
  systemd.services.kube-apiserver = mkIf top.apiserver.enable {
    serviceConfig = {
      LogsDirectory = "kubernetes"; # its own user's
      LogsDirectoryMode = "0750";
    };
  };
}
