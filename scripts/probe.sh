# Says what a machine runs from, one key=value a line.
# $1: by-path name of the partition that should hold its root file system
set -eu
. /etc/os-release

# major:minor in decimal, as mountpoint prints it
device_number() {
	if [ -b "$1" ]; then
		set -- $(stat -Lc '0x%t 0x%T' "$1")
		echo "$(($1)):$(($2))"
	fi
}

echo "boot=$(cat /proc/sys/kernel/random/boot_id)"
echo "installer=$([ "${VARIANT_ID:-}" = installer ] && echo yes || echo no)"
echo "root=$(mountpoint -d /)"
echo "disk=$(device_number "${1:-}")"
echo "system=$(readlink -f /run/current-system 2>/dev/null || true)"
echo "profile=$(readlink -f /nix/var/nix/profiles/system 2>/dev/null || true)"
echo "identity=$(cat /var/lib/kluster/identity 2>/dev/null || true)"
