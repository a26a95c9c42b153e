# Says how a machine is, one key=value a line, and changes nothing: which systems it has, units that failed, room on its
# disk, its certificates (public, base64) and etcd's size in bytes.
set -u
certificates=${KLUSTER_CERTIFICATES:-/var/lib/kluster/kubernetes}
etcd=${KLUSTER_ETCD:-/var/lib/etcd}/member/snap/db

for place in running=/run/current-system booted=/run/booted-system next=/nix/var/nix/profiles/system; do
	echo "${place%%=*}=$(readlink -e "${place#*=}" 2>/dev/null || true)"
done
for system in running booted; do
	echo "$system-kernel=$(readlink -e "/run/$([ $system = running ] && echo current || echo booted)-system/kernel" 2>/dev/null || true)"
done
echo "failed=$(systemctl list-units --state=failed --plain --no-legend 2>/dev/null | awk '{ printf "%s%s", sep, $1; sep = " " }')"
echo "disk=$(df -Pk / | awk 'NR == 2 { printf "%.0f %.0f", $4 * 1024, $2 * 1024 }')"
[ ! -e "$etcd" ] || echo "etcd=$(stat -c %s "$etcd")"
for file in "$certificates"/*.pem; do
	case $file in *-key.pem | */service-account*) continue ;; esac
	[ -e "$file" ] || continue
	echo "certificate $(basename "$file")=$(base64 -w 0 "$file")"
done
