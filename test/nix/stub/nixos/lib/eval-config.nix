# As little of NixOS as evaluates nix/: it declares the options of nix/options.json and no others, with the types that
# stand there, and what nix/ reads of other modules. A system is a derivation that holds its configuration as JSON.
{
  system,
  modules,
  specialArgs ? { },
}:
let
  given = builtins.getEnv "KLUSTER_NIXPKGS_LIB";
  lib = import (if given != "" then given else ../../../../../lab/nixpkgs/lib);
  typeOf = import ../../types.nix lib;
  table = builtins.fromJSON (builtins.readFile ../../../../../nix/options.json);

  # "users.users.<name>.keys" becomes an attrsOf submodule that has the option "keys".
  declare = declareAs (entry: lib.mkOption { type = typeOf entry.type; });
  # Of an element nobody asks whether an option is defined: those that have nothing are null.
  element =
    entry:
    let
      type = typeOf entry.type;
    in
    if type.emptyValue != { } then
      lib.mkOption { inherit type; }
    else
      lib.mkOption {
        type = lib.types.nullOr type;
        default = null;
      };
  declareAs =
    leaf: path: entry:
    let
      name = builtins.head path;
      rest = builtins.tail path;
    in
    if path == [ ] then
      leaf entry
    else if rest != [ ] && builtins.head rest == "<name>" then
      {
        ${name} = lib.mkOption {
          type = lib.types.attrsOf (lib.types.submodule { options = declareAs element (builtins.tail rest) entry; });
        };
      }
    else
      { ${name} = declareAs leaf rest entry; };
  declarations = lib.mapAttrsToList (name: entry: {
    options = declare (lib.splitString "." name) entry;
  }) table;

  isMaster = lib.elem "master" evaluated.config.services.kubernetes.roles;
  isNode = evaluated.config.services.kubernetes.roles != [ ];
  enable = default: lib.mkOption {
    inherit default;
    type = lib.types.bool;
  };
  readOnly = value: lib.mkOption {
    default = value;
    type = lib.types.unspecified;
  };
  others = { config, options, ... }: {
    options = {
      system.build.toplevel = lib.mkOption { type = lib.types.package; };
      networking.enableIPv6 = lib.mkOption {
        type = lib.types.bool;
        default = true;
      };
      # What nix/summary.nix reads.
      systemd.units = readOnly { };
      boot.extraModulePackages = readOnly [ ];
      # What nix/reachable reads; whoever wants to set more of it takes the lab's nixpkgs.
      services.openssh.ports = readOnly [ 22 ];
      services.openssh.startWhenNeeded = enable false;
      services.openssh.listenAddresses = readOnly [ ];
      services.openssh.extraConfig = readOnly "";
      systemd.network.enable = enable true;
      networking.networkmanager.enable = enable false;
      networking.nftables.enable = enable false;
      networking.firewall.enable = enable true;
      # What NixOS does by services.openssh.openFirewall.
      networking.firewall.allowedTCPPortRanges = readOnly [
        {
          from = 22;
          to = 22;
        }
      ];
      networking.firewall.allowedUDPPortRanges = readOnly [ ];
      boot.loader.grub.enable = enable true;
      boot.loader.grub.devices = readOnly (
        lib.optional options.boot.loader.grub.device.isDefined config.boot.loader.grub.device
      );
      boot.loader.systemd-boot.enable = enable false;
      # What NixOS runs by a machine's roles, unless a user says otherwise.
      services.kubernetes.apiserver.enable = enable isMaster;
      services.kubernetes.controllerManager.enable = enable isMaster;
      services.kubernetes.scheduler.enable = enable isMaster;
      services.kubernetes.addonManager.enable = enable isMaster;
      services.kubernetes.kubelet.enable = enable isNode;
      services.kubernetes.proxy.enable = enable isNode;
      services.kubernetes.flannel.enable = enable isNode;
      services.flannel.backend = readOnly { Type = "vxlan"; };
      services.kubernetes.kubelet.cni.config = readOnly [ { type = "flannel"; } ];
      services.kubernetes.kubelet.cni.configDir = readOnly null;
      virtualisation.containerd.enable = enable isNode;
      services.kubernetes.controllerManager.tlsCertFile = lib.mkOption {
        type = lib.types.nullOr lib.types.path;
        default = null;
      };
      services.kubernetes.addonManager.bootstrapAddons = readOnly { rule.kind = "ClusterRole"; };
      services.kubernetes.lib = readOnly { mkKubeConfig = name: login: "/store/${name} of ${login.certFile} at ${login.server}"; };
      # A certificate goes with the part that it is for.
      services.kubernetes.pki.certs = lib.mkOption {
        type = lib.types.attrs;
        default =
          let
            inherit (config.services.kubernetes) addonManager controllerManager flannel kubelet proxy scheduler secretsPath;
            certificate = name: CN: fields: hosts: {
              inherit CN fields hosts;
              cert = "${secretsPath}/${name}.pem";
              key = "${secretsPath}/${name}-key.pem";
            };
          in
          lib.optionalAttrs isMaster {
            apiServer = certificate "kube-apiserver" "kubernetes" { } (
              [
                "kubernetes.default.svc"
                null
              ]
              ++ config.services.kubernetes.apiserver.extraSANs
            );
            apiserverEtcdClient = certificate "kube-apiserver-etcd-client" "etcd-client" { } [ ];
            apiserverKubeletClient = certificate "kube-apiserver-kubelet-client" "system:kube-apiserver" { } [ ];
            apiserverProxyClient = certificate "kube-apiserver-proxy-client" "front-proxy-client" { } [ ];
            clusterAdmin = certificate "cluster-admin" "cluster-admin" { O = "system:masters"; } [ ];
            etcd = certificate "etcd" "il" { } [ "etcd.local" ];
            serviceAccount = certificate "service-account" "system:service-account-signer" { } [ ];
          }
          // lib.optionalAttrs addonManager.enable {
            addonManager = certificate "kube-addon-manager" "system:kube-addon-manager" { } [ ];
          }
          // lib.optionalAttrs controllerManager.enable {
            controllerManager = certificate "kube-controller-manager" "kube-controller-manager" { } [ ];
            controllerManagerClient = certificate "kube-controller-manager-client" "system:kube-controller-manager" { } [ ];
          }
          // lib.optionalAttrs scheduler.enable { schedulerClient = certificate "kube-scheduler-client" "system:kube-scheduler" { } [ ]; }
          // lib.optionalAttrs kubelet.enable {
            kubelet = certificate "kubelet" config.services.kubernetes.kubelet.hostname { } [ ];
            kubeletClient = certificate "kubelet-client" "system:node:${config.services.kubernetes.kubelet.hostname}" { O = "system:nodes"; } [ ];
          }
          // lib.optionalAttrs proxy.enable { kubeProxyClient = certificate "kube-proxy-client" "system:kube-proxy" { } [ ]; }
          // lib.optionalAttrs flannel.enable { flannelClient = certificate "flannel-client" "flannel-client" { } [ ]; };
      };
      # A user's module may set what ours do not.
      users.users = lib.mkOption {
        type = lib.types.attrsOf (
          lib.types.submodule {
            options = {
              home = lib.mkOption {
                type = lib.types.str;
                default = "/var/empty";
              };
              isSystemUser = lib.mkOption {
                type = lib.types.bool;
                default = false;
              };
              group = lib.mkOption {
                type = lib.types.str;
                default = "";
              };
            };
          }
        );
      };
      users.groups = lib.mkOption { type = lib.types.attrsOf lib.types.attrs; };
      system.boot.loader.kernelFile = readOnly "bzImage";
      environment.variables = lib.mkOption {
        type = lib.types.attrsOf lib.types.str;
        default = { };
      };
    };
    # As NixOS does, beside what others add.
    config.services.openssh.authorizedKeysFiles = [ "/etc/ssh/authorized_keys.d/%u" ];
    config.system.build.toplevel = derivation (checked {
      name = "nixos-system-${config.networking.hostName}";
      system = "x86_64-linux";
      builder = "/bin/sh";
      configuration = builtins.toJSON (settled config);
    });
    config.users.groups.root = { };
    config._module.args.pkgs = lib.genAttrs [
      "bash"
      "dosfstools"
      "e2fsprogs"
      "kubectl"
      "kubernetes"
      "openssl"
      "parted"
    ] (
      name:
      derivation {
        inherit name;
        system = "x86_64-linux";
        builder = "/bin/sh";
      }
    )
    // {
      writeText = builtins.toFile;
    };
  };

  checked =
    let
      failed = lib.filter (assertion: !assertion.assertion) evaluated.config.assertions;
    in
    if failed == [ ] then (x: x) else throw "\nFailed assertions:\n${lib.concatMapStringsSep "\n" (x: "- ${x.message}") failed}";

  # What has a value, or an empty one by its type; packages by their names.
  settled =
    config:
    let
      show =
        value:
        if builtins.isFunction value then
          "a function"
        else if lib.isDerivation value then
          value.name
        else if builtins.isAttrs value then
          builtins.mapAttrs (_: show) value
        else if builtins.isList value then
          map show value
        else
          value;
    in
    show (
      lib.mapAttrsRecursiveCond (value: !(lib.isOption value)) (path: _: lib.getAttrFromPath path config) (
        lib.filterAttrsRecursive (
          _: value: !(lib.isOption value) || value.isDefined || value.type.emptyValue ? value
        ) (removeAttrs evaluated.options [ "_module" ] // { system = removeAttrs evaluated.options.system [ "build" ]; })
      )
    );

  evaluated = lib.evalModules {
    inherit specialArgs;
    modules = declarations ++ [ others ] ++ modules;
  };
in
assert system == null;
evaluated
// {
  inherit lib;
  settings = settled evaluated.config;
}
