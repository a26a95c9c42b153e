# Writes a snapshot of the machine's etcd to standard output, as `etcdctl snapshot save` makes it. On the master; changes
# nothing there.
# Exit code 3: there is no etcd that holds anything, so there is nothing to save.
set -euo pipefail
folder=${KLUSTER_FOLDER:-/var/lib/kluster}

# Settings of NixOS's unit, a line each: systemd quotes what has spaces as xargs understands it.
settings=$(systemctl show etcd.service --property=Environment --value | xargs -n 1 printf '%s\n')
setting() { sed -n "s/^ETCD_$1=//p" <<<"$settings"; }
data=$(setting DATA_DIR)
[ -n "$data" ] && [ -e "$data/member" ] || exit 3

mkdir -p "$folder"
draft=$(mktemp -d "$folder/etcd-snapshot.XXXXXX") # root's alone
trap 'rm -rf "$draft"' EXIT
endpoints=$(setting ADVERTISE_CLIENT_URLS)
ETCDCTL_API=3 timeout 120 etcdctl --endpoints="${endpoints%%,*}" --cacert="$(setting TRUSTED_CA_FILE)" \
	--cert="$(setting CERT_FILE)" --key="$(setting KEY_FILE)" --dial-timeout=10s \
	snapshot save "$draft/db" >&2
cat "$draft/db"
