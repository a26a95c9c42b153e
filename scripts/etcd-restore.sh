# Puts a snapshot in the place of all that etcd holds. On the master.
#   upload    takes the snapshot from standard input
#   restore   restores it and starts etcd and the API server on it; standard input is a line: what the API server shall read
#             Secrets with, or nothing where that stays. If they do not come up, everything is as before. What etcd held
#             stays beside it; the last line that is printed is "kept PATH".
#   finish    when all Secrets are written anew: the API server gets back what it had
# Whoever waits for it may go: once begun it comes to its end.
set -euo pipefail
umask 077
verb=$1
folder=${KLUSTER_FOLDER:-/var/lib/kluster}/etcd-restore
encryption=${KLUSTER_FOLDER:-/var/lib/kluster}/kubernetes/encryption.json
trap '' HUP PIPE

mkdir -p "$folder"
exec 9>"$folder/lock"
flock -n 9 || { echo "another restore is under way on this machine" >&2 && exit 1; }

say() { echo "$*" || true; }

# Those that there are, in the order in which they start.
units=
for unit in etcd kube-apiserver kube-controller-manager kube-scheduler kube-addon-manager; do
	[ "$(systemctl show "$unit.service" --property=LoadState --value)" != loaded ] || units="$units $unit.service"
done

start() {
	local unit deadline=$((SECONDS + 180)) answer
	systemctl reset-failed $units 2>/dev/null || true
	for unit in $units; do
		systemctl start "$unit" || return 1
	done
	until answer=$(kubectl --kubeconfig=/etc/kubernetes/kluster.kubeconfig --request-timeout=5s get --raw /readyz 2>&1); do
		if [ $SECONDS -ge $deadline ]; then
			printf 'the Kubernetes API is not ready within 180 s: %s\n' "$(printf '%s' "$answer" | tail -n 1)" >&2
			return 1
		fi
		sleep 1
	done
}

# Owner and mode stay; there is always one whole file.
replace_encryption() { # standard input: what is in it
	cp -p "$encryption" "$encryption.draft"
	cat >"$encryption.draft"
	mv -fT "$encryption.draft" "$encryption"
}
give_encryption_back() {
	[ ! -e "$encryption.kept" ] || mv -fT "$encryption.kept" "$encryption"
}

case $verb in
upload)
	cat >"$folder/draft"
	mv -fT "$folder/draft" "$folder/snapshot.db"
	;;
restore)
	IFS= read -r config || true
	# Settings of NixOS's unit, a line each: systemd quotes what has spaces as xargs understands it.
	settings=$(systemctl show etcd.service --property=Environment --value | xargs -n 1 printf '%s\n')
	setting() { sed -n "s/^ETCD_$1=//p" <<<"$settings"; }
	data=$(setting DATA_DIR)
	[ -n "$data" ] || { echo "this machine has no etcd" >&2 && exit 1; }
	user=$(systemctl show etcd.service --property=User --value)

	# In root's own folder: etcd's is etcd's, who could put a link there. The number of the revision leaps ahead, so that
	# nobody who watches takes what is new for what he has seen (https://etcd.io/docs/v3.6/op-guide/recovery/).
	rm -rf "$folder/data"
	say "restoring the snapshot"
	log=$(etcdutl snapshot restore "$folder/snapshot.db" --data-dir "$folder/data" --name "$(setting NAME)" \
		--initial-cluster "$(setting INITIAL_CLUSTER)" --initial-cluster-token "$(setting INITIAL_CLUSTER_TOKEN)" \
		--initial-advertise-peer-urls "$(setting INITIAL_ADVERTISE_PEER_URLS)" \
		--bump-revision 1000000000 --mark-compacted 2>&1) || { printf '%s\n' "$log" >&2 && exit 1; }
	chown -R "${user:-root}:" "$folder/data"

	aside=$data/member.before-$(date -u +%Y%m%dT%H%M%SZ)
	swapped=
	go_back() {
		say "going back to what etcd held before"
		systemctl stop $units || true
		if [ -n "$swapped" ]; then rm -rf "$data/member"; fi
		[ ! -e "$aside" ] || mv -T "$aside" "$data/member"
		give_encryption_back
		start || true
	}
	trap go_back EXIT
	say "stopping etcd and the API server"
	systemctl stop $units
	if [ -n "$config" ]; then
		[ -e "$encryption.kept" ] || cp -p "$encryption" "$encryption.kept"
		printf '%s\n' "$config" | replace_encryption
	fi
	[ ! -e "$data/member" ] || mv -T "$data/member" "$aside"
	swapped=yes
	mv -T "$folder/data/member" "$data/member"
	say "starting them again"
	start
	trap - EXIT
	rm -rf "$folder/data" "$folder/snapshot.db"
	say "kept $aside"
	;;
finish)
	if [ -e "$encryption.kept" ]; then
		give_encryption_back
		systemctl restart kube-apiserver.service
		start
	fi
	;;
esac
