# Upstream: nixos/modules/services/databases/etcd.nix
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.etcd;
  urls =
    default:
    mkOption {
      type = types.listOf types.str;
      inherit default;
    };
  file =
    default:
    mkOption {
      type = types.nullOr types.path;
      inherit default;
    };
  flag = mkOption {
    type = types.bool;
    default = false;
  };
in
{
  options.services.etcd = {
    enable = flag;
    package = mkOption {
      type = types.package;
      default = pkgs.etcd;
    };
    name = mkOption {
      type = types.str;
      default = config.networking.hostName;
    };
    listenClientUrls = urls [ "http://127.0.0.1:2379" ];
    listenPeerUrls = urls [ "http://127.0.0.1:2380" ];
    advertiseClientUrls = urls cfg.listenClientUrls;
    initialAdvertisePeerUrls = urls cfg.listenPeerUrls;
    initialCluster = urls [ "${cfg.name}=http://127.0.0.1:2380" ];
    initialClusterState = mkOption {
      type = types.enum [ "new" "existing" ];
      default = "new";
    };
    initialClusterToken = mkOption {
      type = types.str;
      default = "etcd-cluster";
    };
    clientCertAuth = flag;
    peerClientCertAuth = flag;
    trustedCaFile = file null;
    certFile = file null;
    keyFile = file null;
    peerCertFile = file cfg.certFile;
    peerKeyFile = file cfg.keyFile;
    peerTrustedCaFile = file cfg.trustedCaFile;
    extraConf = mkOption {
      type = types.attrsOf types.str;
      default = { };
    };
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/etcd";
    };
  };
  config = lib.mkIf cfg.enable {
    systemd.tmpfiles.settings."10-etcd".${cfg.dataDir}.d = {
      user = "etcd";
      mode = "0700";
    };
    systemd.services.etcd = {
      description = "etcd key-value store";
      wantedBy = [ "multi-user.target" ];
      after = [ "network-online.target" ] ++ lib.optional config.networking.firewall.enable "firewall.service";
      wants = [ "network-online.target" ] ++ lib.optional config.networking.firewall.enable "firewall.service";
      environment = {
        ETCD_NAME = cfg.name;
        ETCD_DATA_DIR = cfg.dataDir;
        ETCD_ADVERTISE_CLIENT_URLS = lib.concatStringsSep "," cfg.advertiseClientUrls;
        ETCD_LISTEN_CLIENT_URLS = lib.concatStringsSep "," cfg.listenClientUrls;
        ETCD_LISTEN_PEER_URLS = lib.concatStringsSep "," cfg.listenPeerUrls;
        ETCD_INITIAL_ADVERTISE_PEER_URLS = lib.concatStringsSep "," cfg.initialAdvertisePeerUrls;
        ETCD_INITIAL_CLUSTER = lib.concatStringsSep "," cfg.initialCluster;
        ETCD_INITIAL_CLUSTER_STATE = cfg.initialClusterState;
        ETCD_INITIAL_CLUSTER_TOKEN = cfg.initialClusterToken;
        ETCD_PEER_CLIENT_CERT_AUTH = toString cfg.peerClientCertAuth;
        ETCD_PEER_TRUSTED_CA_FILE = cfg.peerTrustedCaFile;
        ETCD_PEER_CERT_FILE = cfg.peerCertFile;
        ETCD_PEER_KEY_FILE = cfg.peerKeyFile;
        ETCD_CLIENT_CERT_AUTH = toString cfg.clientCertAuth;
        ETCD_TRUSTED_CA_FILE = cfg.trustedCaFile;
        ETCD_CERT_FILE = cfg.certFile;
        ETCD_KEY_FILE = cfg.keyFile;
      }
      // lib.mapAttrs' (name: value: lib.nameValuePair "ETCD_${name}" value) cfg.extraConf;
      serviceConfig = {
        Type = "notify";
        Restart = "always";
        RestartSec = "30s";
        ExecStart = "${cfg.package}/bin/etcd";
        User = "etcd";
        LimitNOFILE = 40000;
      };
    };
    environment.systemPackages = [ cfg.package ];
    users.users.etcd = {
      isSystemUser = true;
      group = "etcd";
      description = "Etcd daemon user";
      home = cfg.dataDir;
    };
    users.groups.etcd = { };
  };
}
