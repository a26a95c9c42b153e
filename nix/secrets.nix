# Where the secrets that the program holds belong on a machine. They travel over SSH and are put there before the
# services that read them start for the first time; Nix, whose store everybody can read, knows only the places.
#
#   secret         "ca-certificate", "ca-key", "join-token" or "wireguard-key"; "kluster:secrets.wifi" of the user's own
#   path           absolute
#   uid, gid       numbers of owner and group, or
#   owner, group   their names: they need not exist before the system is active. Only in /var/lib/kluster/secrets, where
#                  nobody but root can do anything.
#   mode           octal, as chmod takes it
#   link           another path that leads to it, in a folder of root's; may be left out
#   restartUnits   units that are restarted when it has changed; may be left out
{
  config,
  options,
  cluster,
  machine,
}:
let
  inherit (config.services) cfssl kubernetes;

  root = {
    uid = 0;
    gid = 0;
  };
  authority = {
    uid = config.ids.uids.cfssl;
    gid = config.ids.gids.cfssl;
  };

  # What certmgr and every component verify their peers with.
  trust = root // {
    secret = "ca-certificate";
    path = "${kubernetes.secretsPath}/ca.pem";
    mode = "0644";
  };

  # What the other machines know this one by.
  tunnel =
    if cluster ? wireguard then
      [
        (
          root
          // {
            secret = "wireguard-key";
            path = "/var/lib/kluster/wireguard.key";
            mode = "0400";
          }
        )
      ]
    else
      [ ];
in
tunnel
++ (
  if builtins.elem "master" machine.roles then
    [
      (
        authority
        // {
          secret = "ca-certificate";
          path = "${kubernetes.pki.caCertPathPrefix}.pem";
          mode = "0644";
        }
      )
      (
        authority
        // {
          secret = "ca-key";
          path = "${kubernetes.pki.caCertPathPrefix}-key.pem";
          mode = "0400";
        }
      )
      (
        authority
        // {
          # kube-certmgr-bootstrap links certmgr's own token to it.
          secret = "join-token";
          path = "${cfssl.dataDir}/apitoken.secret";
          mode = "0400";
        }
      )
      trust
    ]
  else
    [
      trust
      (
        root
        // {
          secret = "join-token";
          path = "${kubernetes.secretsPath}/apitoken.secret";
          mode = "0400";
        }
      )
    ]
)
++ import ./user-secrets.nix {
  inherit
    config
    options
    cluster
    machine
    ;
}
