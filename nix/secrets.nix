# Where the secrets that the program holds belong on a machine. They travel over SSH and are put there before the
# services that read them start for the first time; Nix, whose store everybody can read, knows only the places.
#
#   secret         "ca-certificate", "etcd-ca-certificate", "front-proxy-ca-certificate", "service-account" and
#                  "service-account-key", "encryption-config", "certificate:NAME" and "key:NAME" of certificates.nix, "wireguard-key";
#                  "kluster:secrets.wifi" of the user's own
#   path           absolute
#   uid, gid       numbers of owner and group, or
#   owner, group   their names: they need not exist before the system is active. Only below /var/lib/kluster, where
#                  nobody but root can do anything.
#   mode           octal, as chmod takes it
#   link           another path that leads to it, in a folder of root's; may be left out
#   restartUnits   units that are restarted when it has changed; may be left out
#   first          whether a machine that has it keeps it when its system changes (components/trust.ts says when it gets
#                  another); may be left out
{
  config,
  options,
  cluster,
  machine,
}:
let
  inherit (config.services) kubernetes;
  inherit (builtins) attrNames concatMap elem;
  isMaster = elem "master" machine.roles;
  certificates = import ./certificates.nix { inherit config machine; };

  # What everybody may read, and root alone write to.
  public = secret: name: restartUnits: {
    inherit secret restartUnits;
    path = "${kubernetes.secretsPath}/${name}";
    uid = 0;
    gid = 0;
    mode = "0644";
  };
  whenEnabled = part: unit: if kubernetes.${part}.enable then [ unit ] else [ ];
  apiServer = whenEnabled "apiserver" "kube-apiserver.service";
  controllerManager = whenEnabled "controllerManager" "kube-controller-manager.service";
  # Clients of the API. They look at files again every five minutes, or only when they start (flannel).
  clients =
    controllerManager
    ++ whenEnabled "scheduler" "kube-scheduler.service"
    ++ whenEnabled "addonManager" "kube-addon-manager.service"
    ++ whenEnabled "kubelet" "kubelet.service"
    ++ whenEnabled "proxy" "kube-proxy.service"
    ++ whenEnabled "flannel" "flannel.service";

  # Whom the services trust.
  trusted = secret: name: units: public secret name units // { first = true; };
  authorities = [
    (trusted "ca-certificate" "ca.pem" (apiServer ++ clients)) # the API server is a client of kubelets
  ]
  ++ (
    if isMaster then
      [
        (trusted "etcd-ca-certificate" "etcd-ca.pem" ([ "etcd.service" ] ++ apiServer))
        (trusted "front-proxy-ca-certificate" "front-proxy-ca.pem" [ ]) # looked at again
      ]
    else
      [ ]
  );

  # The API server signs the tokens of service accounts, and knows by the public half which it has signed.
  serviceAccount =
    if isMaster then
      [
        (public "service-account" "service-account.pem" apiServer)
        {
          secret = "service-account-key";
          path = "${kubernetes.secretsPath}/service-account-key.pem";
          owner = "kubernetes";
          group = "kubernetes";
          mode = "0400";
          restartUnits = apiServer ++ controllerManager;
        }
      ]
    else
      [ ];

  # What the API server encrypts Secrets with. It looks at the file again by itself, but nobody knows when it has.
  encryption =
    if isMaster then
      [
        {
          secret = "encryption-config";
          path = "${kubernetes.secretsPath}/encryption.json";
          owner = "kubernetes";
          group = "kubernetes";
          mode = "0400";
          restartUnits = apiServer;
          first = true;
        }
      ]
    else
      [ ];

  # Services look at their certificates again by themselves.
  certified =
    name:
    let
      inherit (certificates.${name}) cert key owner;
    in
    [
      {
        secret = "certificate:${name}";
        path = cert;
        uid = 0;
        gid = 0;
        mode = "0644";
      }
      {
        secret = "key:${name}";
        path = key;
        inherit owner;
        group = owner;
        mode = "0400";
      }
    ];

  # What the other machines know this one by.
  tunnel =
    if cluster ? wireguard then
      [
        {
          secret = "wireguard-key";
          path = "/var/lib/kluster/wireguard.key";
          uid = 0;
          gid = 0;
          mode = "0400";
        }
      ]
    else
      [ ];
in
tunnel
++ authorities
++ serviceAccount
++ encryption
++ concatMap certified (attrNames certificates)
++ import ./user-secrets.nix {
  inherit
    config
    options
    cluster
    machine
    ;
}
