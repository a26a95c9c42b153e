# Certificates that a machine needs, by their names in services.kubernetes.pki.certs, which NixOS's modules fill for whatever
# they run there. The program signs them (provider/pki/roles.ts says which authority does, and refuses what does not suit
# the machine); where they belong is in secrets.nix.
#
#   commonName, organizations, hosts   what the certificate says
#   cert, key                          its files on the machine
#   owner                              of the key: who runs what uses it
{ config, machine }:
let
  inherit (builtins)
    elem
    filter
    listToAttrs
    map
    mapAttrs
    removeAttrs
    ;
  inherit (config.services) kubernetes;
  isMaster = elem "master" machine.roles;

  asked = removeAttrs kubernetes.pki.certs (
    [
      "clusterAdmin" # may do everything and cannot be revoked: no machine keeps it
      "serviceAccount" # a key and no certificate
    ]
    # NixOS lists it in any case, and Kubernetes makes one of its own.
    ++ (if kubernetes.controllerManager.tlsCertFile == null then [ "controllerManager" ] else [ ])
  );

  # What runs as root reads its key as root; the rest is run by these.
  owners =
    listToAttrs (
      map
        (name: {
          inherit name;
          value = "kubernetes";
        })
        [
          "addonManager"
          "apiServer"
          "apiserverEtcdClient"
          "apiserverKubeletClient"
          "apiserverProxyClient"
          "controllerManager"
          "controllerManagerClient"
          "schedulerClient"
        ]
    )
    // {
      etcd = "etcd";
    };

  # By which the program looks after nodes, with the rights of components/access-rules.ts.
  own =
    if isMaster then
      {
        kluster = {
          commonName = "kluster";
          organizations = [ ];
          hosts = [ ];
          cert = "${kubernetes.secretsPath}/kluster.pem";
          key = "${kubernetes.secretsPath}/kluster-key.pem";
          owner = "root";
        };
      }
    else
      { };
in
mapAttrs (name: cert: {
  commonName = cert.CN;
  organizations = if cert.fields ? O then [ cert.fields.O ] else [ ];
  hosts = filter (host: host != null) cert.hosts;
  inherit (cert) cert key;
  owner = owners.${name} or "root";
}) asked
// own
